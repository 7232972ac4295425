/**
 * A process for the kill tests. Arguments: what to do, the options of the bus as JSON.
 *
 * `publish`: publishes without end, one event per profile in turn, and prints `<eventId> <sequence>` for each
 * acknowledgement. `consume`: handles without end and prints `<partition> <sequence> <eventId>` for each event.
 */
import { writeSync } from 'node:fs';
import { setImmediate as yieldToLoop } from 'node:timers/promises';
import { partitionOf } from '@marquee/domain';
import { eventOf } from '@marquee/testkit';
import { createNatsEventBus } from '../index.ts';

const [what, json] = process.argv.slice(2) as [string, string];
const options = JSON.parse(json);
const bus = createNatsEventBus(options);
await bus.start();
writeSync(1, 'ready\n');
if (what === 'consume') {
  const subscription = bus.subscribe({
    name: options.consumer,
    batchSize: 5,
    handle: async (batch) => {
      for (const { event, sequence } of batch) {
        writeSync(1, `${partitionOf(event.profileId, options.partitions)} ${sequence} ${event.eventId}\n`);
      }
    },
  });
  await subscription.start();
} else {
  for (let round = 0; ; round++) {
    const eventId = `${options.idPrefix}-${round}`;
    const profileId = `profile-${round % 10}`;
    const [ack] = await bus.publish([eventOf('LIST_SAVED', { titleId: 'title-1' }, { eventId, profileId })]);
    writeSync(1, `${eventId} ${ack?.sequence}\n`);
    await yieldToLoop();
  }
}
