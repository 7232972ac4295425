/** Answers in the memory of one process: bounded by bytes, the longest unused goes first. */
import { READY, type Readiness } from '@marquee/service-kit';
import type { Entry, Found, ResponseStore, Slot } from '../response-store.ts';

export interface MemoryResponseStoreOptions {
  /** Of keys and texts together. */
  readonly maxBytes: number;
  /** Milliseconds, in any epoch. Default: of `performance.now()`. */
  readonly now?: () => number;
}

/** Beside its key and text: objects, map entries. */
const ENTRY_BYTES = 200;
const MAX_VERSIONS = 200_000;

interface Kept {
  readonly owner: string | undefined;
  readonly versions: string;
  readonly text: string;
  readonly until: number;
  readonly bytes: number;
}

export class MemoryResponseStore implements ResponseStore {
  readonly name = 'response-cache';
  readonly #maxBytes: number;
  readonly #now: () => number;
  /** In the order of last use. */
  readonly #entries = new Map<string, Kept>();
  readonly #ofOwner = new Map<string, Set<string>>();
  readonly #versions = new Map<string, string>();
  #counter = 0;
  #bytes = 0;

  constructor({ maxBytes, now = () => performance.now() }: MemoryResponseStoreOptions) {
    this.#maxBytes = maxBytes;
    this.#now = now;
  }

  /** Of everything that is kept. */
  get bytes(): number {
    return this.#bytes;
  }

  async read(slots: readonly Slot[]): Promise<readonly Found[]> {
    const now = this.#now();
    return slots.map((slot) => {
      const versions = this.#versionsOf(slot);
      const key = placeOf(slot);
      const kept = this.#entries.get(key);
      if (kept === undefined) return { versions, text: undefined };
      if (kept.until <= now || kept.versions !== versions) {
        this.#drop(key, kept);
        return { versions, text: undefined };
      }
      this.#entries.delete(key);
      this.#entries.set(key, kept);
      return { versions, text: kept.text };
    });
  }

  async write(entries: readonly Entry[]): Promise<number> {
    const now = this.#now();
    let written = 0;
    const made = new Set<string>();
    for (const { slot, versions, text, ttlMs } of entries) {
      const { owner } = slot;
      if (!this.#isCurrent(slot, versions, made)) continue;
      if (owner !== undefined && !this.#versions.has(owner)) {
        this.#setVersion(owner);
        made.add(owner);
      }
      const key = placeOf(slot);
      const known = this.#entries.get(key);
      if (known !== undefined) this.#drop(key, known);
      const bytes = key.length + text.length + ENTRY_BYTES;
      if (bytes > this.#maxBytes) continue;
      const kept = { owner, versions: this.#versionsOf(slot), text, until: now + ttlMs, bytes };
      this.#entries.set(key, kept);
      this.#bytes += bytes;
      if (owner !== undefined) {
        const keys = this.#ofOwner.get(owner);
        if (keys === undefined) this.#ofOwner.set(owner, new Set([key]));
        else keys.add(key);
      }
      this.#evict();
      written++;
    }
    return written;
  }

  async advance(subjects: readonly string[]): Promise<void> {
    for (const subject of subjects) {
      this.#setVersion(subject);
      this.#dropAllOf(subject);
    }
  }

  async remove(owner: string): Promise<number> {
    const count = this.#ofOwner.get(owner)?.size ?? 0;
    await this.advance([owner]);
    return count;
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {
    this.#clear();
  }

  readiness(): Readiness {
    return READY;
  }

  #versionsOf({ owner, subjects }: Slot): string {
    let versions = owner === undefined ? '' : (this.#versions.get(owner) ?? '');
    for (const subject of subjects) versions += `,${this.#versions.get(subject) ?? ''}`;
    return versions;
  }

  /** Versions that this very write made count as those that were not there. */
  #isCurrent(slot: Slot, versions: string, made: ReadonlySet<string>): boolean {
    const current = this.#versionsOf(slot);
    if (current === versions) return true;
    if (slot.owner === undefined || !made.has(slot.owner)) return false;
    return current.slice((this.#versions.get(slot.owner) ?? '').length) === versions;
  }

  #setVersion(subject: string): void {
    // Forgetting a version could bring back what it had ended.
    if (this.#versions.size >= MAX_VERSIONS && !this.#versions.has(subject)) this.#clear();
    this.#versions.set(subject, String(++this.#counter));
  }

  #dropAllOf(owner: string): void {
    for (const key of [...(this.#ofOwner.get(owner) ?? [])]) {
      const kept = this.#entries.get(key);
      if (kept !== undefined) this.#drop(key, kept);
    }
  }

  #drop(key: string, { owner, bytes }: Kept): void {
    this.#entries.delete(key);
    this.#bytes -= bytes;
    if (owner === undefined) return;
    const keys = this.#ofOwner.get(owner);
    keys?.delete(key);
    if (keys?.size === 0) this.#ofOwner.delete(owner);
  }

  #evict(): void {
    for (const [key, kept] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#drop(key, kept);
    }
  }

  #clear(): void {
    this.#entries.clear();
    this.#ofOwner.clear();
    this.#versions.clear();
    this.#bytes = 0;
  }
}

/** A key means something else for everybody. */
function placeOf({ key, owner }: Slot): string {
  return owner === undefined ? key : `${owner}\n${key}`;
}
