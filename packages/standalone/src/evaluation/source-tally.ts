/** What each candidate source contributes: what it finds by itself, and how much of the ranking it has a part in. */
import type { RankedTitles } from '@marquee/recommendation';

export interface SourceResult {
  /** Name of a source, or MERGED for all of them together. */
  readonly source: string;
  /** Profiles it proposed anything to, of all. */
  readonly profiles: number;
  /** Mean number of proposals that passed the filters, over those profiles. */
  readonly proposals: number;
  /** Mean share of the held-out titles among its proposals (of MERGED: the first POOL in the ranking's order), over all profiles. */
  readonly recall: number;
  /** Share of the first TOP ranked titles that it proposed, and that nobody else did. */
  readonly shareOfTop: number;
  readonly shareAlone: number;
}

export const MERGED = 'merged pool';
export const POOL = 1_000;
const TOP = 50;

interface Sums {
  profiles: number;
  proposals: number;
  recall: number;
  top: number;
  alone: number;
}

export class SourceTally {
  readonly #bySource = new Map<string, Sums>();
  #profiles = 0;
  #ranked = 0;

  add(
    wanted: ReadonlySet<string>,
    { candidates, titleIds }: Pick<RankedTitles, 'candidates' | 'titleIds'>,
  ): void {
    this.#profiles++;
    const found = new Map<string, { proposals: number; hits: number }>();
    const count = (source: string, hit: boolean): void => {
      const own = found.get(source) ?? { proposals: 0, hits: 0 };
      found.set(source, { proposals: own.proposals + 1, hits: own.hits + Number(hit) });
    };
    for (const [place, { titleId, sources }] of candidates.entries()) {
      const hit = wanted.has(titleId);
      for (const source of sources) count(source, hit);
      if (place < POOL) count(MERGED, hit);
    }
    for (const [source, { proposals, hits }] of found) {
      const sums = this.#sums(source);
      sums.profiles++;
      sums.proposals += proposals;
      sums.recall += hits / wanted.size;
    }
    const sourcesOf = new Map(candidates.map(({ titleId, sources }) => [titleId, sources]));
    for (const id of titleIds.slice(0, TOP)) {
      const sources = sourcesOf.get(id) ?? [];
      this.#ranked++;
      this.#sums(MERGED).top++;
      for (const source of sources) this.#sums(source).top++;
      if (sources.length === 1) this.#sums(sources[0]!).alone++;
    }
  }

  /** By recall, best first; the merged pool comes before its parts. */
  results(): readonly SourceResult[] {
    return [...this.#bySource]
      .map(([source, { profiles, proposals, recall, top, alone }]) => ({
        source,
        profiles,
        proposals: proposals / Math.max(1, profiles),
        recall: recall / Math.max(1, this.#profiles),
        shareOfTop: top / Math.max(1, this.#ranked),
        shareAlone: alone / Math.max(1, this.#ranked),
      }))
      .sort(
        (a, b) =>
          Number(b.source === MERGED) - Number(a.source === MERGED) ||
          b.recall - a.recall ||
          (a.source < b.source ? -1 : 1),
      );
  }

  #sums(source: string): Sums {
    let sums = this.#bySource.get(source);
    if (sums === undefined) {
      sums = { profiles: 0, proposals: 0, recall: 0, top: 0, alone: 0 };
      this.#bySource.set(source, sums);
    }
    return sums;
  }
}
