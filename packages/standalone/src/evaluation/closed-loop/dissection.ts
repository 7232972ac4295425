/**
 * Where a page's distance to the oracle's lies. By the truth, place by place: what the first screens are worth as served; with the ranking's
 * first titles instead of rows; with the best titles of the pool that the ranking chose from; and with the best of all there are. The
 * differences are what rows, ranking and retrieval leave on the table. Beside it: what the rows in sight are, and who proposed their titles.
 */
import type { ProfileId, TitleId } from '@marquee/domain';
import { examinationProbability } from '@marquee/sample-world';
import type { Worth } from './page-worth.ts';
import { type LoopPage, PAGE_ROWS, ROW_ITEMS } from './recommender.ts';

const ITEMS = PAGE_ROWS * ROW_ITEMS;

/** Means over pages, in expected seconds. */
export interface StageWorths {
  readonly pages: number;
  readonly page: number;
  readonly ranking: number;
  readonly pool: number;
  readonly catalogue: number;
  /** Candidates that passed the filters. */
  readonly poolSize: number;
}

/** Of the places on first screens. */
export interface ShareOfPlaces {
  readonly name: string;
  readonly share: number;
  /** Mean expected seconds of a title there, if it is looked at. */
  readonly seconds: number;
}

export interface DissectionResult {
  readonly stages: StageWorths;
  /** By kind of row, and the places given away to explore. */
  readonly rows: readonly ShareOfPlaces[];
  /** A title that several proposed counts for each. */
  readonly sources: readonly ShareOfPlaces[];
}

interface Sums {
  places: number;
  seconds: number;
}

export class Dissection {
  readonly #worth: Worth;
  readonly #stages = { pages: 0, page: 0, ranking: 0, pool: 0, catalogue: 0, poolSize: 0 };
  readonly #rows = new Map<string, Sums>();
  readonly #sources = new Map<string, Sums>();
  #places = 0;

  constructor(worth: Worth) {
    this.#worth = worth;
  }

  /** Pages without an account of how they were made are passed over. */
  add({ rows, made }: LoopPage, profileId: ProfileId, at: number): void {
    if (made === undefined) return;
    const seconds = (titleId: TitleId): number => this.#worth.seconds(profileId, titleId, at);
    const stages = this.#stages;
    stages.pages++;
    stages.catalogue += this.#worth.best(profileId, at);
    stages.poolSize += made.pool.length;
    stages.ranking += inPlaces(made.pool.slice(0, ITEMS).map(seconds));
    stages.pool += inPlaces(made.pool.map(seconds).sort((a, b) => b - a));
    for (const [r, row] of rows.slice(0, PAGE_ROWS).entries()) {
      for (const [position, titleId] of row.slice(0, ROW_ITEMS).entries()) {
        const value = seconds(titleId);
        stages.page += examinationProbability(r, position) * value;
        this.#places++;
        const { kind, sources, explored } = made.placeOf(r, position);
        add(this.#rows, explored ? 'explored' : kind, value);
        for (const source of sources) add(this.#sources, source, value);
      }
    }
  }

  result(): DissectionResult | undefined {
    const { pages, ...sums } = this.#stages;
    if (pages === 0) return undefined;
    const means = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / pages]));
    return {
      stages: { pages, ...means } as unknown as StageWorths,
      rows: this.#shares(this.#rows),
      sources: this.#shares(this.#sources),
    };
  }

  #shares(sums: ReadonlyMap<string, Sums>): readonly ShareOfPlaces[] {
    return [...sums]
      .map(([name, { places, seconds }]) => ({
        ...{ name, share: places / this.#places },
        seconds: seconds / places,
      }))
      .sort((a, b) => b.share - a.share || (a.name < b.name ? -1 : 1));
  }
}

function add(sums: Map<string, Sums>, name: string, seconds: number): void {
  const own = sums.get(name) ?? { places: 0, seconds: 0 };
  sums.set(name, { places: own.places + 1, seconds: own.seconds + seconds });
}

/** Of a list in the order of places, row by row. */
function inPlaces(seconds: readonly number[]): number {
  return seconds
    .slice(0, ITEMS)
    .reduce(
      (sum, value, i) => sum + examinationProbability(Math.floor(i / ROW_ITEMS), i % ROW_ITEMS) * value,
      0,
    );
}
