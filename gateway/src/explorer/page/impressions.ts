/**
 * Reports what was really seen: at least half of a card, for at least a second (the media rating council's rule
 * for display). Each place on a page is reported once, in batches.
 */
import type { Operations } from './graphql.ts';

const SEEN_MS = 1_000;
const FLUSH_MS = 3_000;
const MAX_BATCH = 100;

interface Seen {
  readonly titleId: string;
  readonly trackingToken: string;
  /** Absent: it was shown with the title's own picture. */
  readonly artworkId: string | undefined;
  readonly at: number;
}

export class Impressions {
  readonly #operations: Operations;
  readonly #observer: IntersectionObserver;
  readonly #timers = new Map<Element, number>();
  #seen: Seen[] = [];

  constructor(operations: Operations) {
    this.#operations = operations;
    this.#observer = new IntersectionObserver((entries) => this.#onChange(entries), { threshold: 0.5 });
    setInterval(() => void this.flush(), FLUSH_MS);
  }

  /** Watches a card that carries `data-title`, `data-token` and, where a picture was chosen, `data-artwork`. */
  watch(card: Element): void {
    this.#observer.observe(card);
  }

  /** Forgets all cards: the page is about to be rebuilt. */
  reset(): void {
    this.#observer.disconnect();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  async flush(): Promise<void> {
    if (this.#seen.length === 0 || this.#operations.profileId === '') return;
    const batch = this.#seen.slice(0, MAX_BATCH);
    this.#seen = this.#seen.slice(MAX_BATCH);
    const events = batch.map(({ titleId, trackingToken, artworkId, at }) => ({
      eventId: crypto.randomUUID(),
      type: 'IMPRESSION',
      occurredAt: new Date(at).toISOString(),
      titleId,
      trackingToken,
      artworkId,
    }));
    await this.#operations.run('RecordEvents', { input: { events } });
  }

  #onChange(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      clearTimeout(this.#timers.get(target));
      this.#timers.delete(target);
      if (isIntersecting)
        this.#timers.set(
          target,
          setTimeout(() => this.#note(target), SEEN_MS),
        );
    }
  }

  #note(card: Element): void {
    this.#timers.delete(card);
    this.#observer.unobserve(card);
    const { title, token, artwork } = (card as HTMLElement).dataset;
    if (title !== undefined && token !== undefined) {
      this.#seen.push({ titleId: title, trackingToken: token, artworkId: artwork, at: Date.now() });
    }
  }
}
