import { silentLogger } from '@marquee/service-kit';
import { waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLeadership, type LeadershipOptions } from './leadership.ts';
import { createMemoryLeases } from './memory/index.ts';

async function candidates(count: number, options: Partial<LeadershipOptions> = {}) {
  const leases = createMemoryLeases();
  await leases.start();
  const all = Array.from({ length: count }, () =>
    createLeadership({ leases, name: 'lists', retryMs: 5, logger: silentLogger, ...options }),
  );
  for (const one of all) await one.start();
  onTestFinished(async () => {
    for (const one of all) await one.stop();
    await leases.stop();
  });
  return all;
}

describe('leadership', () => {
  it('has one leader, whom another succeeds when it stops', async () => {
    const all = await candidates(3);
    const leading = () => all.filter(({ leads }) => leads);
    expect(leading()).toHaveLength(1);
    const first = leading()[0]!;
    await first.stop();
    expect(first.leads).toBe(false);
    await waitUntil(() => leading().length === 1);
  });

  it('does the work of a leader once at a time, and gives the lease back when it cannot', async () => {
    let working = 0;
    let most = 0;
    let refusals = 2;
    await candidates(3, {
      onElected: async () => {
        if (refusals-- > 0) throw new Error('not today');
        most = Math.max(most, ++working);
      },
      onDeposed: async () => {
        working = Math.max(0, working - 1);
      },
    });
    await waitUntil(() => working === 1);
    expect(most).toBe(1);
  });

  it('tells how the work of the leader goes, and of the others that they stand by', async () => {
    let detail = 'fills the index';
    const all = await candidates(2, { readiness: () => ({ ready: true, detail }) });
    const told = () => all.map((one) => one.readiness().detail).sort();
    expect(told()).toEqual(['fills the index', 'standing by']);
    detail = 'retrying: the index is away';
    expect(told()).toEqual(['retrying: the index is away', 'standing by']);
  });
});
