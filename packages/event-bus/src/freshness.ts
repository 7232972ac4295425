/**
 * Read your own writes across the log: a mutation publishes, then waits until the projections that the next
 * request reads have handled its event.
 */
import type { EventBus, LogPosition, Progress, PublishAck } from './index.ts';

/**
 * A projection that has handled nothing for so long although there was something to handle stands still. Longer than a
 * killed worker's partitions need to find another one: who waits across that is answered with what he has written.
 */
const STALL_AFTER_MS = 4_000;
/** For a projection that stands still: enough for one that has just begun to move. */
const STALLED_WAIT_MS = 100;
/** How often it is asked whether somebody has said that waiting is in vain. */
const LOOK_EVERY_MS = 200;

export interface Freshness {
  /**
   * Waits until every watched projection has handled the acknowledged events. False when the bound passes first, and
   * earlier where a projection stands still: the events are durable all the same and will show a little later.
   */
  waitFor(acks: readonly PublishAck[], timeoutMs: number): Promise<boolean>;
}

/**
 * A projection whose worker says that it cannot go on, since its store is away, is not waited for. One
 * that is behind is waited for in full as long as it moves, however slowly and however many wait: only so is
 * what was written seen by the next read. One whose worker is away is waited for by whoever comes first, and only for a
 * moment by the others, until it is seen to move again: waits that must be in vain would hold every client, and the
 * gateway's capacity, up.
 *
 * @param projections what requests read: feature values and profile state.
 */
export function createFreshness(projections: readonly Progress[]): Freshness {
  const watched = projections.map((projection) => new StallAware(projection));
  return {
    async waitFor(acks, timeoutMs) {
      // What waits on this machine for the log to come back cannot have been projected anywhere.
      if (acks.some((ack) => ack.spooled)) return false;
      const last = new Map<number, PublishAck>();
      for (const ack of acks) {
        const known = last.get(ack.partition);
        if (known === undefined || known.sequence < ack.sequence) last.set(ack.partition, ack);
      }
      const settled = await Promise.all(
        watched.flatMap((projection) => [...last.values()].map((ack) => projection.settled(ack, timeoutMs))),
      );
      return settled.every(Boolean);
    },
  };
}

/** Remembers which partitions of a projection stand still. */
class StallAware {
  readonly #projection: Progress;
  readonly #stalled = new Set<number>();
  /** Partitions for which somebody waits to see them move. */
  readonly #probed = new Set<number>();

  constructor(projection: Progress) {
    this.#projection = projection;
  }

  async settled(at: LogPosition, timeoutMs: number): Promise<boolean> {
    const { partition } = at;
    // Nobody has to look longer: it is told when it can go on.
    if (this.#isStuck(at)) return this.#projection.settled(at, Math.min(timeoutMs, STALLED_WAIT_MS));
    if (!this.#stalled.has(partition)) return this.#wait(at, timeoutMs);
    this.#probe(at);
    const before = this.#projection.reached(partition);
    const shortMs = Math.min(timeoutMs, STALLED_WAIT_MS);
    if (await this.#projection.settled(at, shortMs)) return true;
    if (this.#projection.reached(partition) === before) return false;
    this.#stalled.delete(partition);
    return this.#wait(at, timeoutMs - shortMs);
  }

  async #wait(at: LogPosition, timeoutMs: number): Promise<boolean> {
    const { partition } = at;
    for (let leftMs = timeoutMs; ; leftMs -= STALL_AFTER_MS) {
      const before = this.#projection.reached(partition);
      const settled = await this.#settledUnlessStuck(at, Math.min(leftMs, STALL_AFTER_MS));
      if (!settled && this.#isStuck(at)) return false;
      const moves = settled || this.#projection.reached(partition) > before;
      if (moves) this.#stalled.delete(partition);
      else if (leftMs >= STALL_AFTER_MS) this.#stalled.add(partition);
      // A wait that was cut short by the client's own deadline says nothing by itself; somebody has to look longer.
      else this.#probe(at);
      if (settled || !moves || leftMs <= STALL_AFTER_MS) return settled;
    }
  }

  async #settledUnlessStuck(at: LogPosition, timeoutMs: number): Promise<boolean> {
    if (this.#projection.stuck === undefined) return this.#projection.settled(at, timeoutMs);
    for (let leftMs = timeoutMs; ; leftMs -= LOOK_EVERY_MS) {
      if (await this.#projection.settled(at, Math.min(leftMs, LOOK_EVERY_MS))) return true;
      if (leftMs <= LOOK_EVERY_MS || this.#isStuck(at)) return false;
    }
  }

  #isStuck({ partition }: LogPosition): boolean {
    return this.#projection.stuck?.(partition) === true;
  }

  #probe(at: LogPosition): void {
    const { partition } = at;
    if (this.#probed.has(partition)) return;
    this.#probed.add(partition);
    void this.#wait(at, STALL_AFTER_MS)
      .catch(() => undefined)
      .finally(() => this.#probed.delete(partition));
  }
}

/** Waits until projections have handled everything that was in the log at the time of the call. */
export async function caughtUp(
  bus: Pick<EventBus, 'partitions' | 'lastSequence'>,
  projections: readonly Progress[],
  timeoutMs: number,
): Promise<boolean> {
  const sequence = await bus.lastSequence();
  const places = Array.from({ length: bus.partitions }, (_, partition) => ({ sequence, partition }));
  const settled = await Promise.all(
    projections.flatMap((projection) => places.map((at) => projection.settled(at, timeoutMs))),
  );
  return settled.every(Boolean);
}
