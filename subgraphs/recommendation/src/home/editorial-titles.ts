/**
 * The static page's titles: the editors' list, else the best rated of the catalogue. Worked out in the
 * background and kept, because it is what the ladder stands on when everything else is gone.
 */
import type { TitleId } from '@marquee/domain';
import type { TitleTable } from '@marquee/features';
import { type Component, type Logger, READY } from '@marquee/service-kit';
import { BackgroundSteps } from './background-steps.ts';
import { ratingOf } from './rating.ts';

const KEPT = 600;
/** Titles that are looked at where nothing was made ahead. */
const AT_ONCE = 5_000;
/** Titles rated between two looks at the time. */
const PIECE = 200;
const REFRESH_MS = 10 * 60_000;

export class EditorialTitles implements Component {
  readonly name = 'editorial-titles';
  readonly #titles: TitleTable;
  readonly #chosen: readonly TitleId[];
  readonly #logger: Logger;
  #best: readonly TitleId[] = [];
  #sizeWhenMade = -1;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(titles: TitleTable, chosen: readonly TitleId[] | undefined, logger: Logger) {
    this.#titles = titles;
    this.#chosen = chosen ?? [];
    this.#logger = logger;
  }

  /** Editors' titles first, then the best rated, best first. */
  ids(): readonly TitleId[] {
    // A catalogue that was filled after the start must not wait for the next refresh.
    if (this.#best.length === 0 || this.#sizeWhenMade < this.#titles.size / 2) {
      this.#keep(this.#rate(this.#titles.newest().slice(0, AT_ONCE)));
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
    this.#stopped = false;
    await this.#refresh(new BackgroundSteps({ hurried: true }));
    this.#timer = setInterval(() => {
      this.#refresh(new BackgroundSteps()).catch((error) =>
        this.#logger.warn({ err: error }, 'editorial titles not refreshed'),
      );
    }, REFRESH_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  readiness() {
    return READY;
  }

  async #refresh(steps: BackgroundSteps): Promise<void> {
    const ids = this.#titles.newest();
    let best: Rated[] = [];
    for (let i = 0; i < ids.length; i += PIECE) {
      const rated = this.#rate(ids.slice(i, i + PIECE));
      const last = best[KEPT - 1];
      // Most of a catalogue is not among its best.
      const better = last === undefined ? rated : rated.filter((one) => byRating(one, last) < 0);
      if (better.length > 0) best = [...best, ...better].sort(byRating).slice(0, KEPT);
      await steps.breathe();
      if (this.#stopped) return;
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
