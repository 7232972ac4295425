/** What a day's pages were worth, by the truth that the simulator knows and nobody else. Pure. */
import type { TitleId } from '@marquee/domain';
import { type Audience, examinationProbability, type PageItem } from '@marquee/sample-world';
import { gini } from '@marquee/training';

/** What a viewer sees of a page: as the simulated ones do. */
const ROWS = 4;
const ITEMS_PER_ROW = 6;

export interface PageTruth {
  readonly profileId: string;
  readonly at: number;
  readonly items: readonly PageItem[];
  readonly watchedSeconds: number;
  readonly played: number;
}

export interface DayMeasures {
  readonly visits: number;
  /** Of a page, places weighted by how likely they are looked at. */
  readonly expectedMinutes: number;
  readonly watchedMinutes: number;
  readonly plays: number;
  /** Minutes that the best page would have been worth more. */
  readonly regretMinutes: number;
  /** Share of the catalogue that was seen that day. */
  readonly coverage: number;
  /** Of impressions over the catalogue: 0 all alike, 1 all on one title. */
  readonly gini: number;
  /** Titles that have come in since the loop began; null: none has. */
  readonly arrived: ArrivedTitles | null;
  /** Whose page was worth how many minutes, visit by visit: the same viewers come to every arm. */
  readonly pages: readonly PageWorth[];
}

export interface ArrivedTitles {
  readonly titles: number;
  /** Share that was seen on a page, that day or before. */
  readonly seen: number;
  /** Share that was seen often enough to tell something of it. */
  readonly tried: number;
}

/** Impressions after which a title that hardly anybody likes is told from one that one in ten plays. */
export const TRIED_IMPRESSIONS = 20;

/** What has come in, and how often each was seen so far; kept from day to day. */
export type Arrivals = Map<TitleId, number>;

export interface PageWorth {
  readonly profileId: string;
  readonly minutes: number;
}

export class DayTally {
  readonly #audience: Pick<Audience, 'expectedWatchSeconds' | 'regret'>;
  readonly #arrivals: Arrivals;
  readonly #missing: ReadonlySet<TitleId>;
  readonly #impressions = new Map<string, number>();
  readonly #pages: PageWorth[] = [];
  readonly #sums = { visits: 0, expected: 0, watched: 0, plays: 0, regret: 0 };

  /** @param arrivals counted on. @param missing titles that are not there yet: no page could have shown them */
  constructor(
    audience: Pick<Audience, 'expectedWatchSeconds' | 'regret'>,
    arrivals: Arrivals = new Map(),
    missing: ReadonlySet<TitleId> = new Set(),
  ) {
    this.#audience = audience;
    this.#arrivals = arrivals;
    this.#missing = missing;
  }

  /** @param watched titles that the profile has watched before, which are worth less to it */
  add({ profileId, at, items, watchedSeconds, played }: PageTruth, watched: ReadonlySet<string>): void {
    const context = { now: at, hour: 20, device: 'TV' as const };
    const seen = items.filter(({ row, position }) => row < ROWS && position < ITEMS_PER_ROW);
    let expected = 0;
    for (const { titleId, row, position } of seen) {
      this.#impressions.set(titleId, (this.#impressions.get(titleId) ?? 0) + 1);
      const before = this.#arrivals.get(titleId);
      if (before !== undefined) this.#arrivals.set(titleId, before + 1);
      const seconds = this.#audience.expectedWatchSeconds(profileId, titleId, {
        ...context,
        seen: watched.has(titleId),
      });
      expected += examinationProbability(row, position) * seconds;
    }
    this.#sums.expected += expected;
    this.#pages.push({ profileId, minutes: Number((expected / 60).toFixed(2)) });
    const fresh = [...new Set(seen.map(({ titleId }) => titleId))].filter((id) => !watched.has(id));
    this.#sums.regret += this.#audience.regret(profileId, context, fresh, {
      exclude: this.#missing.size === 0 ? watched : new Set([...watched, ...this.#missing]),
    });
    this.#sums.visits++;
    this.#sums.watched += watchedSeconds;
    this.#sums.plays += played;
  }

  /** @param titles that there are. */
  measures(titles: number): DayMeasures {
    const { visits, expected, watched, plays, regret } = this.#sums;
    const each = Math.max(1, visits);
    const counts = [
      ...this.#impressions.values(),
      ...new Array<number>(titles - this.#impressions.size).fill(0),
    ];
    return {
      visits,
      expectedMinutes: expected / each / 60,
      watchedMinutes: watched / each / 60,
      plays: plays / each,
      regretMinutes: regret / each / 60,
      coverage: this.#impressions.size / titles,
      gini: gini(counts),
      arrived: arrivedOf(this.#arrivals),
      pages: this.#pages,
    };
  }
}

function arrivedOf(arrivals: Arrivals): ArrivedTitles | null {
  const titles = arrivals.size;
  if (titles === 0) return null;
  const seenAtLeast = (times: number): number =>
    [...arrivals.values()].filter((impressions) => impressions >= times).length / titles;
  return { titles, seen: seenAtLeast(1), tried: seenAtLeast(TRIED_IMPRESSIONS) };
}
