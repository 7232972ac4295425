/**
 * Read your own writes across the log: a mutation publishes, then waits until the projections that the next
 * request reads have handled its event.
 */
import type { PublishAck, Subscription } from './index.ts';

export interface Freshness {
  /**
   * Waits until every watched projection has handled the acknowledged events. False when the bound passes
   * first: the events are durable all the same and will show a little later.
   */
  waitFor(acks: readonly PublishAck[], timeoutMs: number): Promise<boolean>;
}

/** @param subscriptions the projections that requests read: feature values and profile state. */
export function createFreshness(subscriptions: readonly Subscription[]): Freshness {
  return {
    async waitFor(acks, timeoutMs) {
      if (acks.length === 0) return true;
      const sequence = Math.max(...acks.map((ack) => ack.sequence));
      const settled = await Promise.all(subscriptions.map((s) => s.settled(sequence, timeoutMs)));
      return settled.every(Boolean);
    },
  };
}
