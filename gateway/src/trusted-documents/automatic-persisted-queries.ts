/**
 * Texts that clients have sent with their hash, so that they need not send them again. A cache: what is lost is sent
 * again. In the shared store where there is one, so that one gateway knows what another was sent; in front of it, and
 * instead of it, a bounded map.
 */
import { createHash } from 'node:crypto';
import type { KeyValueStore } from '@marquee/feature-store';
import type { Logger } from '@marquee/service-kit';

export interface AutomaticOptions {
  /** Absent: this process remembers alone. */
  readonly store?: KeyValueStore;
  readonly logger: Logger;
  /** How long the store keeps a text after it was sent. Default a day. */
  readonly ttlMs?: number;
  /** What this process keeps, in characters of all texts together. Default 16 million. */
  readonly maxCharacters?: number;
  /** How long the store is waited for: a client that is told to send the text waits as long. Default 50. */
  readonly storeDeadlineMs?: number;
}

const PREFIX = 'persisted-query:';
const DAY_MS = 86_400_000;
/** Longer ones are run and not kept. */
const MAX_TEXT = 65_536;
const HASH = /^[0-9a-f]{64}$/;

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export class AutomaticPersistedQueries {
  readonly #options: Required<Omit<AutomaticOptions, 'store'>> & Pick<AutomaticOptions, 'store'>;
  /** Least recently used first. */
  readonly #texts = new Map<string, string>();
  #characters = 0;

  constructor(options: AutomaticOptions) {
    this.#options = { ttlMs: DAY_MS, maxCharacters: 16_000_000, storeDeadlineMs: 50, ...options };
  }

  /** Undefined when it is not known; never rejects, because the client can send the text. */
  async get(hash: string): Promise<string | undefined> {
    if (!HASH.test(hash)) return undefined;
    const known = this.#texts.get(hash);
    if (known !== undefined) {
      this.#texts.delete(hash);
      this.#texts.set(hash, known);
      return known;
    }
    const { store, logger, storeDeadlineMs } = this.#options;
    if (store === undefined) return undefined;
    try {
      const [found] = await within(storeDeadlineMs, store.getMany([PREFIX + hash]));
      const text = found === undefined ? undefined : Buffer.from(found).toString('utf8');
      // The store is shared: what is run must be what the client meant.
      if (text === undefined || sha256Of(text) !== hash) return undefined;
      this.#remember(hash, text);
      return text;
    } catch (error) {
      logger.debug({ err: error }, 'the store was not asked for a persisted query');
      return undefined;
    }
  }

  /** @param hash of this text; the caller has checked it. Resolves when other gateways know it too, or cannot. */
  async put(hash: string, text: string): Promise<void> {
    if (text.length > MAX_TEXT || this.#texts.get(hash) === text) return;
    this.#remember(hash, text);
    const { store, ttlMs, logger, storeDeadlineMs } = this.#options;
    if (store === undefined) return;
    const entry = { key: PREFIX + hash, value: Buffer.from(text, 'utf8'), ttlMs };
    await within(storeDeadlineMs, store.putMany([entry])).catch((error: unknown) => {
      logger.debug({ err: error }, 'a persisted query is known here alone');
    });
  }

  /** What is kept in this process. */
  size(): { readonly texts: number; readonly characters: number } {
    return { texts: this.#texts.size, characters: this.#characters };
  }

  #remember(hash: string, text: string): void {
    this.#characters += text.length - (this.#texts.get(hash)?.length ?? 0);
    this.#texts.delete(hash);
    this.#texts.set(hash, text);
    for (const [oldest, { length }] of this.#texts) {
      if (this.#characters <= this.#options.maxCharacters) return;
      this.#texts.delete(oldest);
      this.#characters -= length;
    }
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined);
  }
}
