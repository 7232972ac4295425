/**
 * Keeps slates for an hour, so that paging inside them is stable and the same question is not answered twice.
 *
 * Two kinds of keys in the store: `slate:<slate id>` holds a slate, `slate_for:<key>` says which slate answers
 * a question. The latest slates also stay in the process: they save reads, and they are what the ladder serves
 * when the store is away.
 *
 * A slate of a profile that was erased since is still here until its hour is over; who asks for one has to ask
 * `ViewerRecords.erasedSince` first.
 */
import { type Clock, HOUR_MS, type ProfileId } from '@marquee/domain';
import type { KeyValueStore, StoreEntry } from '@marquee/feature-store';
import { LruMap } from '../home/lru-map.ts';
import { decodeSlate, encodeSlate } from './slate-codec.ts';
import type { StoredSlate } from './stored-slate.ts';
import type { GuardFacts } from './viewer-guard.ts';

export const SLATE_TTL_MS = HOUR_MS;

/** Decoded slates in the process, some 100 KB each at most. */
const MAX_SLATES = 400;
const MAX_UNKEYED = 200;
const MAX_KEYS = 20_000;

/** Which slate answers a question, and as of which state of the world. */
export interface SlatePointer {
  readonly slateId: string;
  readonly stamp: string;
}

export class SlateStore {
  readonly #store: KeyValueStore;
  readonly #clock: Clock;
  readonly #slates = new LruMap<string, StoredSlate>(MAX_SLATES);
  /** Pages without a key, for their own paging: while something is away there are many, and none is worth an earlier whole page. */
  readonly #unkeyed = new LruMap<string, StoredSlate>(MAX_UNKEYED);
  readonly #lastFor = new LruMap<string, string>(MAX_KEYS);
  readonly #guards = new LruMap<ProfileId, GuardFacts>(MAX_KEYS);

  constructor(store: KeyValueStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Keeps a slate in the process, at once. Without a key it is for paging alone. */
  remember(slate: StoredSlate, key?: string): void {
    if (key === undefined) {
      this.#unkeyed.set(slate.id, slate);
      return;
    }
    this.#slates.set(slate.id, slate);
    this.#lastFor.set(key, slate.id);
  }

  /** Writes slates to the store; with a key also what they answer. One write. */
  async persist(slates: readonly { slate: StoredSlate; key?: string }[]): Promise<void> {
    const entries: StoreEntry[] = [];
    for (const { slate, key } of slates) {
      entries.push({ key: slateKey(slate.id), value: encodeSlate(slate), ttlMs: SLATE_TTL_MS });
      if (key === undefined) continue;
      const pointer: SlatePointer = { slateId: slate.id, stamp: slate.stamp };
      entries.push({
        key: pointerKey(key),
        value: Buffer.from(JSON.stringify(pointer)),
        ttlMs: SLATE_TTL_MS,
      });
    }
    await this.#store.putMany(entries);
  }

  /** From the process, else from the store; undefined when it has expired or never was. */
  async get(slateId: string): Promise<StoredSlate | undefined> {
    const known = this.#slates.get(slateId) ?? this.#unkeyed.get(slateId);
    if (known !== undefined) return this.#isAlive(known) ? known : undefined;
    const [bytes] = await this.#store.getMany([slateKey(slateId)]);
    const slate = decodeSlate(bytes);
    if (slate === undefined || !this.#isAlive(slate)) return undefined;
    this.#slates.set(slateId, slate);
    return slate;
  }

  /** The last slate this process made or read for a question, expired or not. For the ladder. */
  lastKnown(key: string): StoredSlate | undefined {
    const slateId = this.#lastFor.get(key);
    return slateId === undefined ? undefined : this.#slates.get(slateId);
  }

  /** What this process last knew that a profile must not be shown. For the ladder. */
  lastGuard(profileId: ProfileId): GuardFacts | undefined {
    return this.#guards.get(profileId);
  }

  /** Drops from the process's memory what was made for a profile; the store's copies are refused by their revision. */
  forget(profileId: ProfileId): void {
    for (const slates of [this.#slates, this.#unkeyed]) {
      slates.deleteWhere((slate) => slate.profileId === profileId);
    }
    this.#guards.delete(profileId);
  }

  rememberGuard(profileId: ProfileId, guard: GuardFacts): void {
    this.#guards.set(profileId, guard);
  }

  #isAlive(slate: StoredSlate): boolean {
    return this.#clock.now() - slate.generatedAt < SLATE_TTL_MS;
  }
}

function slateKey(slateId: string): string {
  return `slate:${slateId}`;
}

export function pointerKey(key: string): string {
  return `slate_for:${key}`;
}

export function decodePointer(bytes: Uint8Array | undefined): SlatePointer | undefined {
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as SlatePointer;
  } catch {
    return undefined;
  }
}
