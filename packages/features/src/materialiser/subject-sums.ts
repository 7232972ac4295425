/**
 * Watches of one segment by genre, or by person: counts of titles added up as they are looked through. Genres are few; people are as
 * many as a catalogue has, so sums of those with the fewest are let go of when there are many. Who is let go of and comes back begins
 * anew, which costs a list of the most watched nothing that could be told: its places are far above what is let go of.
 */
import type { PopularityNow } from '../ranking/popularity-now.ts';
import { watchRateNow } from '../ranking/watch-rate-now.ts';
import type { SubjectWatches } from '../views/watched-subjects.view.ts';

type Sum = { -readonly [K in keyof SubjectWatches]: SubjectWatches[K] };

export class SubjectSums {
  readonly #sums = new Map<string, Sum>();
  readonly #keep: number;

  /** @param keep sums that are never let go of; up to twice as many are held. */
  constructor(keep: number) {
    this.#keep = keep;
  }

  get size(): number {
    return this.#sums.size;
  }

  /** Adds a title's counts to each of its subjects. */
  add(ids: ReadonlySet<string>, counts: PopularityNow): void {
    for (const id of ids) {
      let sum = this.#sums.get(id);
      if (sum === undefined) {
        if (this.#sums.size >= 2 * this.#keep) this.#letGo();
        sum = { id, watches5m: 0, watches1h: 0, watches1d: 0, watches7d: 0, watches30d: 0, watchesTotal: 0 };
        this.#sums.set(id, sum);
      }
      sum.watches5m += counts.watches5m;
      sum.watches1h += counts.watches1h;
      sum.watches1d += counts.watches1d;
      sum.watches7d += counts.watches7d;
      sum.watches30d += counts.watches30d;
      sum.watchesTotal += counts.watchesTotal;
    }
  }

  /** Most watched now first; equal ones by id. */
  best(bound: number): readonly SubjectWatches[] {
    const rates = this.#rates();
    const floor = floorOf(rates, bound);
    const kept: { readonly sum: Sum; readonly rate: number }[] = [];
    let i = 0;
    for (const sum of this.#sums.values()) {
      const rate = rates[i++]!;
      if (rate >= floor) kept.push({ sum, rate });
    }
    return kept
      .sort((a, b) => b.rate - a.rate || (a.sum.id < b.sum.id ? -1 : 1))
      .slice(0, bound)
      .map(({ sum }) => sum);
  }

  #letGo(): void {
    const rates = this.#rates();
    const floor = floorOf(rates, this.#keep);
    let i = 0;
    for (const id of this.#sums.keys()) {
      if (rates[i++]! <= floor && this.#sums.size > this.#keep) this.#sums.delete(id);
    }
  }

  /** In the order of the sums. */
  #rates(): Float64Array {
    const rates = new Float64Array(this.#sums.size);
    let i = 0;
    for (const sum of this.#sums.values()) rates[i++] = watchRateNow(sum);
    return rates;
  }
}

/** The rate of the last of the best so many: numbers sort in a millisecond where objects take ten. */
function floorOf(rates: Float64Array, places: number): number {
  return rates.length <= places ? 0 : rates.toSorted()[rates.length - places]!;
}
