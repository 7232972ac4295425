import type { KvEntry } from 'nats';
import { describe, expect, it } from 'vitest';
import type { Bucket } from './bucket.ts';
import { LeaseTable } from './lease-table.ts';
import type { Session } from './session.ts';

const entry = (key: string, session: string, revision: number): KvEntry =>
  ({ key, revision, operation: 'PUT', string: () => session }) as KvEntry;

/** A server that takes every write and never tells of it: what is told, the test tells. */
function table() {
  let revision = 10;
  const writes: string[] = [];
  const leases = {
    put: async (key: string, value: string) => {
      writes.push(`${key}=${value}`);
      return ++revision;
    },
    delete: async (key: string) => void writes.push(`${key} deleted`),
  } as unknown as Bucket;
  const session = { id: 'mine', alive: true } as Session;
  const sessions = { ttlMs: 60_000, latestRevision: async () => undefined } as unknown as Bucket;
  return { table: new LeaseTable(leases, sessions, session), writes };
}

describe('the lease table', () => {
  it('does not take what it gave back for its own when an old entry is told again', async () => {
    const { table: leases, writes } = table();
    const fence = await leases.claim('owners.g.1');
    await leases.release('owners.g.1', fence!);
    leases.leaseTold(entry('owners.g.1', 'mine', fence!));
    expect(leases.isOurs('owners.g.1', fence!)).toBe(false);
    const again = await leases.claim('owners.g.1');
    expect(again).toBeGreaterThan(fence!);
    expect(writes.filter((write) => write === 'owners.g.1=mine')).toHaveLength(2);
  });

  it('knows that a lease is not ours any more once another holder is told', async () => {
    const { table: leases } = table();
    const fence = await leases.claim('owners.g.1');
    expect(leases.isOurs('owners.g.1', fence!)).toBe(true);
    leases.leaseTold(entry('owners.g.1', 'somebody-else', fence! + 5));
    expect(leases.isOurs('owners.g.1', fence!)).toBe(false);
    leases.leaseTold(entry('owners.g.1', 'mine', fence!));
    expect(leases.isOurs('owners.g.1', fence!)).toBe(false);
  });
});
