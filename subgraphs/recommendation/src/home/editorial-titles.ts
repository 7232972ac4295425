/**
 * The static page's titles: the editors' list, else the best rated of the catalogue. Worked out in the
 * background and kept, because it is what the ladder stands on when everything else is gone.
 */
import { setImmediate } from 'node:timers/promises';
import type { TitleId } from '@marquee/domain';
import type { TitleTable } from '@marquee/features';
import { type Component, type Logger, READY } from '@marquee/service-kit';
import { ratingOf } from './rating.ts';

const KEPT = 600;
const CHUNK = 5_000;
const REFRESH_MS = 10 * 60_000;

export class EditorialTitles implements Component {
  readonly name = 'editorial-titles';
  readonly #titles: TitleTable;
  readonly #chosen: readonly TitleId[];
  readonly #logger: Logger;
  #best: readonly TitleId[] = [];
  #sizeWhenMade = -1;
  #timer: NodeJS.Timeout | undefined;

  constructor(titles: TitleTable, chosen: readonly TitleId[] | undefined, logger: Logger) {
    this.#titles = titles;
    this.#chosen = chosen ?? [];
    this.#logger = logger;
  }

  /** Editors' titles first, then the best rated, best first. */
  ids(): readonly TitleId[] {
    // A catalogue that was filled after the start must not wait for the next refresh.
    if (this.#best.length === 0 || this.#sizeWhenMade < this.#titles.size / 2) {
      this.#keep(this.#rate(this.#titles.newest().slice(0, CHUNK)));
    }
    return this.#best;
  }

  get chosenByEditors(): boolean {
    return this.#chosen.length > 0;
  }

  get headline(): string {
    return this.chosenByEditors ? "Editors' choice" : 'Critically acclaimed';
  }

  async start(): Promise<void> {
    await this.#refresh();
    this.#timer = setInterval(() => {
      this.#refresh().catch((error) => this.#logger.warn({ err: error }, 'editorial titles not refreshed'));
    }, REFRESH_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
  }

  readiness() {
    return READY;
  }

  async #refresh(): Promise<void> {
    const ids = this.#titles.newest();
    let best: Rated[] = [];
    for (let i = 0; i < ids.length; i += CHUNK) {
      best = [...best, ...this.#rate(ids.slice(i, i + CHUNK))].sort(byRating).slice(0, KEPT);
      await setImmediate();
    }
    this.#keep(best);
  }

  #rate(ids: readonly TitleId[]): Rated[] {
    const rated: Rated[] = [];
    for (const id of ids) {
      const facts = this.#titles.get(id);
      if (facts !== undefined) rated.push({ id, rating: ratingOf(facts) });
    }
    return rated.sort(byRating).slice(0, KEPT);
  }

  #keep(best: readonly Rated[]): void {
    this.#best = [...new Set([...this.#chosen, ...best.map(({ id }) => id)])];
    this.#sizeWhenMade = this.#titles.size;
  }
}

interface Rated {
  readonly id: TitleId;
  readonly rating: number;
}

const byRating = (a: Rated, b: Rated): number => b.rating - a.rating || (a.id < b.id ? -1 : 1);
