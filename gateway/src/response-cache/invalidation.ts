/**
 * Ends what is kept for a viewer before their mutation is answered. Where the store cannot be told, it is told as soon
 * as it can be, and until then nothing that is kept for that viewer is served here.
 */
import { beforeDeadline, deadlineAfter, type Logger } from '@marquee/service-kit';
import type { ResponseStore } from './response-store.ts';
import { viewerSubject } from './subjects.ts';

export interface InvalidationOptions {
  readonly store: ResponseStore;
  /** How long what is kept for a viewer lives at most. */
  readonly maxPrivateAgeMs: number;
  /** How long a mutation waits for it. */
  readonly withinMs: number;
  /** Milliseconds. */
  readonly now: () => number;
  readonly logger: Logger;
  /** Told of each try. */
  readonly tried: (outcome: 'ok' | 'failed') => void;
}

const MAX_OWED = 10_000;
const RETRY_MS = 100;

export class ViewerInvalidation {
  readonly #options: InvalidationOptions;
  /** Viewers whose answers may be older than their mutations, with when these have expired in any case. */
  readonly #owed = new Map<string, number>();
  #everybodyUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: InvalidationOptions) {
    this.#options = options;
  }

  /** What is kept for the viewer may be older than what they have done. */
  isOwed(viewer: string): boolean {
    return this.#owed.size > 0 || this.#everybodyUntil > 0
      ? this.#owed.has(viewer) || this.#everybodyUntil > this.#options.now()
      : false;
  }

  /** Never rejects. */
  async changed(viewer: string): Promise<void> {
    if (await this.#advance([viewer])) return;
    const { now, maxPrivateAgeMs, logger } = this.#options;
    const until = now() + maxPrivateAgeMs;
    if (this.#owed.size < MAX_OWED || this.#owed.has(viewer)) this.#owed.set(viewer, until);
    else this.#everybodyUntil = until;
    if (this.#timer === undefined) logger.warn('answers kept for viewers cannot be ended; trying again');
    this.#tryLater();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #advance(viewers: readonly string[]): Promise<boolean> {
    const { store, withinMs, tried } = this.#options;
    try {
      const advanced = store.advance(viewers.map(viewerSubject));
      await beforeDeadline(advanced, deadlineAfter(withinMs), 'ending what was kept');
      tried('ok');
      return true;
    } catch {
      tried('failed');
      return false;
    }
  }

  #tryLater(): void {
    if (this.#stopped || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#tryAgain();
    }, RETRY_MS);
    this.#timer.unref();
  }

  async #tryAgain(): Promise<void> {
    const now = this.#options.now();
    for (const [viewer, until] of this.#owed) if (until <= now) this.#owed.delete(viewer);
    const batch = [...this.#owed].slice(0, 500);
    if (batch.length === 0) return;
    if (await this.#advance(batch.map(([viewer]) => viewer))) {
      // Whoever has changed something in the meantime is owed once more.
      for (const [viewer, until] of batch) if (this.#owed.get(viewer) === until) this.#owed.delete(viewer);
    }
    if (this.#owed.size > 0) this.#tryLater();
  }
}
