/**
 * Which profiles were erased, and where in the log: what was made from a profile's state before its erasure
 * must not be read again, and what happened before it must not be taken in again.
 *
 * The shared store holds the truth, so that it is the same in every process: one small value per erased profile,
 * kept for good, like the tombstone it repeats. Every process follows the log by itself, because it also has
 * memory of its own to clear. The values of a batch are written before the position, so a process that dies
 * between them reads the batch again, which changes nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type DeliveredEvent, type ProfileId, partitionOf } from '@marquee/domain';
import type { EventBus, Subscription } from '@marquee/event-bus';
import type { KeyValueStore } from '@marquee/feature-store';
import { beforeDeadline, type Component, deadlineAfter, type Logger, READY } from '@marquee/service-kit';
import { LruMap } from '../home/lru-map.ts';

export const ERASURE_CONSUMER = 'recommendation-erasures';

/** Lately erased profiles a process remembers for when the store is away. */
const MAX_REMEMBERED = 10_000;
const START_MS = 500;
const RETRY_MS = 1_000;
const CATCH_UP_MS = 60_000;

export interface Erasure {
  /** Of the PROFILE_ERASED event: whatever was made from an older state is of the life before. */
  readonly sequence: number;
  /** When it happened, epoch milliseconds: no event of the new life lies before. */
  readonly at: number;
}

export interface ErasureLedgerDeps {
  readonly bus: EventBus;
  readonly store: KeyValueStore;
  readonly logger: Logger;
}

/** Where the store has a profile's last erasure: its sequence and instant, as JSON. */
export function erasureKey(profileId: ProfileId): string {
  return `profile_erasure:${profileId}`;
}

export class ErasureLedger implements Component {
  readonly name = 'recommendation-erasures';
  readonly #deps: ErasureLedgerDeps;
  readonly #onErased: (profileId: ProfileId) => void;
  readonly #latest = new LruMap<ProfileId, Erasure>(MAX_REMEMBERED);
  #subscription: Subscription | undefined;
  #beginning: Promise<void> | undefined;
  #retrying: AbortController | undefined;

  /** @param onErased clears what the process keeps of a profile; called before the erasure is written down. */
  constructor(deps: ErasureLedgerDeps, onErased: (profileId: ProfileId) => void) {
    this.#deps = deps;
    this.#onErased = onErased;
  }

  /** Every erasure up to this place in the log can be read; -1 while nothing is known. */
  get position(): number {
    return this.#subscription?.position ?? -1;
  }

  keyOf(profileId: ProfileId): string {
    return erasureKey(profileId);
  }

  /** The last erasure of a profile: the later one of what the store holds and what this process has seen. */
  latest(profileId: ProfileId, stored?: Uint8Array): Erasure | undefined {
    return later(decode(stored), this.#latest.get(profileId));
  }

  /** True once every erasure of the profile up to `sequence` can be read; false when `timeoutMs` passes first. */
  async settled(profileId: ProfileId, sequence: number, timeoutMs: number): Promise<boolean> {
    const partition = partitionOf(profileId, this.#deps.bus.partitions);
    return (await this.#subscription?.settled({ sequence, partition }, timeoutMs)) ?? false;
  }

  /** Returns also when the store or the log is away: until the ledger is there, what it cannot tell is refused. */
  async start(): Promise<void> {
    if (this.#beginning !== undefined) return;
    const retrying = new AbortController();
    this.#retrying = retrying;
    this.#beginning = this.#begin(retrying.signal);
    await beforeDeadline(this.#beginning, deadlineAfter(START_MS), 'the ledger of erasures').catch(
      () => undefined,
    );
  }

  async stop(): Promise<void> {
    this.#retrying?.abort();
    // A call to a store that hangs may never end; it is not waited for.
    const subscription = this.#subscription;
    if (subscription === undefined) return;
    await subscription.stop();
    await this.#keepPosition(subscription.position);
    this.#subscription = undefined;
    this.#beginning = undefined;
  }

  readiness() {
    // What depends on it is refused, not wrong, and home pages do not.
    return this.#subscription?.readiness() ?? { ...READY, detail: 'waiting for the store and the log' };
  }

  async #begin(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const startAfter = await this.#deps.store.checkpoint(ERASURE_CONSUMER);
        if (signal.aborted) return;
        const subscription = this.#deps.bus.subscribe({
          name: ERASURE_CONSUMER,
          types: ['PROFILE_ERASED'],
          startAfter,
          // Nobody gives up on an erasure.
          maxDeliveries: Number.POSITIVE_INFINITY,
          handle: (batch) => this.#apply(batch),
        });
        await subscription.start();
        if (signal.aborted) return await subscription.stop();
        this.#subscription = subscription;
        return await this.#keepFirstPosition(subscription);
      } catch (error) {
        this.#deps.logger.warn({ err: error }, 'erasures cannot be followed yet');
        await delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  async #apply(batch: readonly DeliveredEvent[]): Promise<void> {
    const { store } = this.#deps;
    const erased = new Map<ProfileId, Erasure>();
    for (const { sequence, event } of batch) {
      erased.set(event.profileId, { sequence, at: event.occurredAt });
    }
    for (const [profileId, erasure] of erased) {
      this.#latest.set(profileId, later(erasure, this.#latest.get(profileId))!);
      this.#onErased(profileId);
    }
    const profileIds = [...erased.keys()];
    const stored = await store.getMany(profileIds.map((id) => this.keyOf(id)));
    await store.putMany(
      profileIds.map((id, i) => ({ key: this.keyOf(id), value: encode(this.latest(id, stored[i])!) })),
    );
    await this.#keepPosition(batch.at(-1)!.sequence);
  }

  /** Most logs hold no erasure at all: without this every start would look through the whole of them. */
  async #keepFirstPosition(subscription: Subscription): Promise<void> {
    const sequence = await this.#deps.bus.lastSequence();
    void Promise.all(
      Array.from({ length: this.#deps.bus.partitions }, (_, partition) =>
        subscription.settled({ sequence, partition }, CATCH_UP_MS),
      ),
    ).then((settled) => (settled.every(Boolean) ? this.#keepPosition(subscription.position) : undefined));
  }

  /** Where the next process begins to read. */
  async #keepPosition(sequence: number): Promise<void> {
    try {
      await this.#deps.store.putMany([], { consumer: ERASURE_CONSUMER, sequence });
    } catch (error) {
      // The next process reads a little more.
      this.#deps.logger.warn({ err: error }, 'the place in the ledger of erasures was not kept');
    }
  }
}

function later(a: Erasure | undefined, b: Erasure | undefined): Erasure | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.sequence >= b.sequence ? a : b;
}

function encode(erasure: Erasure): Uint8Array {
  return Buffer.from(JSON.stringify(erasure));
}

function decode(bytes: Uint8Array | undefined): Erasure | undefined {
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString()) as Erasure);
}
