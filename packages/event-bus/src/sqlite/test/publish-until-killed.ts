/**
 * A process for the kill test: publishes without end, several publishes at a time, and prints `<eventId>
 * <sequence>` for each acknowledgement. Arguments: file, prefix of the event ids.
 */
import { writeSync } from 'node:fs';
import { eventOf } from '@marquee/testkit';
import { createSqliteEventBus } from '../index.ts';

const [file, prefix] = process.argv.slice(2) as [string, string];
const bus = createSqliteEventBus({ file });
await bus.start();
for (let round = 0; ; round++) {
  await Promise.all(
    Array.from({ length: 4 }, async (_, index) => {
      const eventId = `${prefix}-${round}-${index}`;
      const [ack] = await bus.publish([eventOf('LIST_SAVED', { titleId: 'title-1' }, { eventId })]);
      writeSync(1, `${eventId} ${ack?.sequence}\n`);
    }),
  );
}
