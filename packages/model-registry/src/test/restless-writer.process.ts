/** Moves as fast as it can, until it is killed: for the test of what a crash leaves behind. */
import { systemClock } from '@marquee/domain';
import { isMarqueeError } from '@marquee/service-kit';
import { ModelRegistry } from '../model-registry.ts';

const registry = new ModelRegistry({ modelsFolder: process.argv[2]!, clock: systemClock });
const reason = { by: `process ${process.pid}`, why: 'restless' };

for (;;) {
  for (const move of [() => registry.pin('ranker-a', reason), () => registry.unpin(reason)]) {
    try {
      await move();
      process.stdout.write('.');
    } catch (error) {
      // The other writer was there first.
      if (!isMarqueeError(error, 'CONFLICT')) throw error;
    }
  }
}
