import { setTimeout as delay } from 'node:timers/promises';
import { startLocalNats } from '@marquee/local-servers';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { createNatsLeases } from './index.ts';

const PARTITIONS = 8;
/** As long as it takes to open a subscription on a busy machine. */
const TAKE_UP_MS = 60;

describeOnServer('nats-server', 'members that start at once and are slow to take up', () => {
  it('share the partitions so that each has one owner', async () => {
    const folder = temporaryFolder();
    const server = await startLocalNats({ folder: folder.path });
    onTestFinished(async () => {
      await server.stop();
      await folder.remove();
    });
    const owners = Array.from({ length: PARTITIONS }, () => new Set<number>());
    const overlaps: number[] = [];
    const memberships = await Promise.all(
      [0, 1, 2].map(async (member) => {
        const leases = createNatsLeases({ servers: server.url });
        await leases.start();
        onTestFinished(() => leases.stop());
        return leases.partitionLeases('group', {
          partitions: PARTITIONS,
          async onAssigned(partition) {
            owners[partition]!.add(member);
            if (owners[partition]!.size > 1) overlaps.push(partition);
            await delay(TAKE_UP_MS);
          },
          onRevoked: (partition) => void owners[partition]!.delete(member),
        });
      }),
    );
    await Promise.all(memberships.map((membership) => membership.start()));
    await waitUntil(() => owners.every((members) => members.size === 1), { deadlineMs: 10_000 });
    expect(overlaps).toEqual([]);
    expect(memberships.flatMap(({ held }) => held).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  }, 30_000);
});
