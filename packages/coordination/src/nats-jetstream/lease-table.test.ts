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
  const living = new Set<string>();
  const questions: string[] = [];
  const sessions = {
    ttlMs: 60_000,
    latestRevision: async (id: string) => {
      questions.push(id);
      return living.has(id) ? 1 : undefined;
    },
  } as unknown as Bucket;
  return { table: new LeaseTable(leases, sessions, session), writes, living, questions };
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

  it('asks about a session that has what is wanted, and not again at once; a dead one is found out at every question', async () => {
    const { table: leases, living, questions } = table();
    living.add('theirs');
    leases.leaseTold(entry('owners.g.1', 'theirs', 5));
    leases.leaseTold(entry('owners.g.2', 'theirs', 6));
    leases.leaseTold(entry('owners.g.3', 'dead', 7));
    leases.leaseTold(entry('locks.other', 'of no interest', 8));
    expect(await leases.isFree('owners.g.1')).toBe(false);
    expect(await leases.isFree('owners.g.2')).toBe(false);
    expect(await leases.isFree('owners.g.3')).toBe(true);
    expect(await leases.isFree('owners.g.3')).toBe(true);
    expect(questions).toEqual(['theirs', 'dead', 'dead']);
  });
});
