import { silentLogger } from '@marquee/service-kit';
import { waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRefresher } from './refresher.ts';

/** A run that ends when told to. */
function controlled() {
  const running: { finish(): void; fail(error: Error): void }[] = [];
  let begun = 0;
  const run = (): Promise<void> =>
    new Promise((resolve, reject) => {
      begun++;
      running.push({ finish: resolve, fail: reject });
    });
  return { run, running, begun: () => begun };
}

describe('createRefresher', () => {
  it('shares one run among all who ask during another, and begins it after they asked', async () => {
    const { run, running, begun } = controlled();
    const refresher = createRefresher({ run, everyMs: 0, logger: silentLogger });
    const first = refresher.refresh();
    const waiting = [refresher.refresh(), refresher.refresh(), refresher.refresh()];
    expect(begun()).toBe(1);
    running[0]!.finish();
    await first;
    await waitUntil(() => begun() === 2);
    running[1]!.finish();
    await Promise.all(waiting);
    expect(begun()).toBe(2);
  });

  it('goes on after a failed run, and tells of it until one succeeds', async () => {
    const { run, running } = controlled();
    const refresher = createRefresher({ run, everyMs: 0, logger: silentLogger });
    const first = refresher.refresh();
    const second = refresher.refresh();
    running[0]!.fail(new Error('store is away'));
    await expect(first).rejects.toThrow('store is away');
    expect(refresher.failure).toBe('store is away');
    await waitUntil(() => running.length === 2);
    running[1]!.finish();
    await second;
    expect(refresher.failure).toBeUndefined();
  });

  it('runs again by itself, and not after it was stopped', async () => {
    let runs = 0;
    const refresher = createRefresher({ run: async () => void runs++, everyMs: 1, logger: silentLogger });
    onTestFinished(() => refresher.stop());
    await refresher.start();
    await waitUntil(() => runs >= 3);
    await refresher.stop();
    const stopped = runs;
    await refresher.stop();
    expect(runs).toBe(stopped);
  });

  it('tries again soon after a run that failed by itself, not only when the next one is due', async () => {
    let runs = 0;
    const run = async () => {
      if (++runs < 3) throw new Error('store is away');
    };
    const refresher = createRefresher({ run, everyMs: 3_600_000, retryMs: 1, logger: silentLogger });
    onTestFinished(() => refresher.stop());
    await refresher.start();
    await waitUntil(() => runs === 3);
    expect(refresher.failure).toBeUndefined();
  });
});
