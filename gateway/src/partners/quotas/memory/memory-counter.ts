/** Quotas counted in the memory of one process: all there is to count where it is the only gateway. */
import { READY } from '@marquee/service-kit';
import { isWindowOf } from '../local-share.ts';
import type { QuotaCounter, Taken, Taking } from '../quota-counter.ts';

/** Subjects that are counted at once. */
const MAX_SUBJECTS = 100_000;

interface Count {
  readonly endsAt: number;
  used: number;
}

/** @param now milliseconds since 1970. */
export function memoryCounter(now: () => number): QuotaCounter {
  const counts = new Map<string, Count>();
  const gateways = new Map<string, number>();

  function countOf(key: string, windowMs: number, time: number): Count {
    const known = counts.get(key);
    if (known !== undefined && isWindowOf(known.endsAt, windowMs, time)) return known;
    counts.delete(key);
    if (counts.size >= MAX_SUBJECTS) makeRoom(time);
    const begun = { endsAt: (Math.floor(time / windowMs) + 1) * windowMs, used: 0 };
    counts.set(key, begun);
    return begun;
  }

  function makeRoom(time: number): void {
    for (const [key, { endsAt }] of counts) if (endsAt <= time) counts.delete(key);
    // Still full of windows that last: the oldest goes, so that memory stays bounded.
    if (counts.size >= MAX_SUBJECTS) counts.delete(counts.keys().next().value as string);
  }

  return {
    name: 'quotas',
    async take({ subject, quota, amount, owed = 0 }: Taking): Promise<Taken> {
      const time = now();
      const windowMs = quota.windowSeconds * 1_000;
      const count = countOf(`${subject}:${quota.windowSeconds}`, windowMs, time);
      count.used += owed;
      const admitted = count.used + amount <= quota.limit;
      if (admitted) count.used += amount;
      return { admitted, used: count.used, endsInMs: count.endsAt - time };
    },
    async attend(gateway, ttlMs) {
      const time = now();
      gateways.set(gateway, time + ttlMs);
      for (const [name, until] of gateways) if (until <= time) gateways.delete(name);
      return gateways.size;
    },
    async leave(gateway) {
      gateways.delete(gateway);
    },
    async start() {},
    async stop() {},
    readiness: () => READY,
  };
}
