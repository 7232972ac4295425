/**
 * A process for the kill tests. Argument: the options of the leases as JSON. Takes the lease `leader` and a part of the
 * partitions of `group`, and prints `leader <fence>`, `lost`, `+<partition> <fence>` and `-<partition>` as they happen.
 */
import { writeSync } from 'node:fs';
import { createNatsLeases } from '../index.ts';

const print = (line: string) => writeSync(1, `${line}\n`);
const leases = createNatsLeases(JSON.parse(process.argv[2]!));
await leases.start();
const lease = await leases.acquire('leader', { onLost: () => print(`lost ${lease?.held}`) });
print(`leader ${lease?.fence}`);
await leases
  .partitionLeases('group', {
    partitions: 4,
    onAssigned: (partition, fence) => void print(`+${partition} ${fence}`),
    onRevoked: (partition) => void print(`-${partition}`),
  })
  .start();
print('ready');
process.on('SIGTERM', async () => {
  await leases.stop();
  print('stopped');
  process.exit(0);
});
