/** What was acknowledged, kept outside of everything that is measured: how much is not handled yet, and what must be there. */
import { setTimeout as delay } from 'node:timers/promises';
import type { MarqueeEvent } from '@marquee/domain';
import type { PublishAck } from '@marquee/event-bus';

export class Ledger {
  /** Partition → sequences, growing. */
  readonly #sequences: number[][];
  readonly #impressions = new Map<string, number>();
  /** In the order of acknowledgement they may be out of order by a little. */
  #unsorted = false;
  events = 0;
  duplicates = 0;
  spooled = 0;

  constructor(partitions: number) {
    this.#sequences = Array.from({ length: partitions }, () => []);
  }

  enter(events: readonly MarqueeEvent[], acks: readonly PublishAck[]): void {
    for (const [i, ack] of acks.entries()) {
      this.events++;
      if (ack.duplicate) this.duplicates++;
      if (ack.spooled === true) this.spooled++;
      this.#sequences[ack.partition]!.push(ack.sequence);
      const event = events[i]!;
      if (event.type !== 'IMPRESSION') continue;
      const { titleId } = event.payload;
      this.#impressions.set(titleId, (this.#impressions.get(titleId) ?? 0) + 1);
    }
    this.#unsorted = true;
  }

  /** By title. */
  get impressions(): ReadonlyMap<string, number> {
    return this.#impressions;
  }

  get impressionsOfAll(): number {
    let sum = 0;
    for (const count of this.#impressions.values()) sum += count;
    return sum;
  }

  /** Acknowledged events that are not handled: a search in every partition for the last one that is. */
  async lag(isHandled: (at: { partition: number; sequence: number }) => Promise<boolean>): Promise<number> {
    if (this.#unsorted) for (const all of this.#sequences) all.sort((a, b) => a - b);
    this.#unsorted = false;
    const lags = await Promise.all(
      this.#sequences.map(async (all, partition) => {
        let [handled, length] = [0, all.length];
        while (handled < length) {
          const middle = (handled + length) >> 1;
          if (await isHandled({ partition, sequence: all[middle]! })) handled = middle + 1;
          else length = middle;
        }
        return all.length - handled;
      }),
    );
    return lags.reduce((sum, lag) => sum + lag, 0);
  }

  /** Waits until everything is handled. False when that takes too long. */
  async handled(
    isHandled: (at: { partition: number; sequence: number }) => Promise<boolean>,
    timeoutMs: number,
  ): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    while ((await this.lag(isHandled)) > 0) {
      if (performance.now() > deadline) return false;
      await delay(20);
    }
    return true;
  }
}
