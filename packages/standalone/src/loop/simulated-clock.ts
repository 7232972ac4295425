/**
 * A clock that goes on as time does and can be put forward: rate limits refill and tokens age while a simulated day passes in a minute.
 */
import type { Clock } from '@marquee/domain';

export interface SimulatedClock extends Clock {
  /** Never back. */
  advanceTo(instant: number): void;
}

export function simulatedClock(): SimulatedClock {
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  return {
    now,
    advanceTo(instant) {
      ahead += Math.max(0, instant - now());
    },
  };
}
