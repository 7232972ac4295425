/** Cold-start curves: how good pages are by how much is known of the viewer, and how well new titles find their viewers by how often they were shown. */
import type { ProfileId, TitleId } from '@marquee/domain';

export interface CurvePoint {
  /** Watches of a viewer, or impressions of a title, from here to before the next point's. */
  readonly from: number;
  readonly count: number;
  /** Mean over them: see the curve. */
  readonly mean: number;
}

/** Ends of the classes; the last is open. */
const WATCHES = [0, 1, 3, 5, 10];
const IMPRESSIONS = [0, 1, 5, 20, 50];

class Classes {
  readonly #from: readonly number[];
  readonly #sums: { count: number; sum: number }[];

  constructor(from: readonly number[]) {
    this.#from = from;
    this.#sums = from.map(() => ({ count: 0, sum: 0 }));
  }

  add(at: number, value: number): void {
    const own = this.#sums[this.#from.findLastIndex((from) => at >= from)]!;
    own.count++;
    own.sum += value;
  }

  points(): readonly CurvePoint[] {
    return this.#sums.map(({ count, sum }, i) => ({
      from: this.#from[i]!,
      count,
      mean: count === 0 ? 0 : sum / count,
    }));
  }
}

export class ColdStart {
  readonly #profiles = new Classes(WATCHES);
  readonly #titles = new Classes(IMPRESSIONS);
  readonly #watches = new Map<ProfileId, number>();
  readonly #impressions = new Map<TitleId, number>();

  /** @param share of the oracle's expected watch time that a new viewer's page is worth */
  addPage(profileId: ProfileId, share: number): void {
    this.#profiles.add(this.#watches.get(profileId) ?? 0, share);
  }

  addWatches(profileId: ProfileId, watches: number): void {
    this.#watches.set(profileId, (this.#watches.get(profileId) ?? 0) + watches);
  }

  /** @param lift what the title is worth to the viewer it is shown to, of what it is worth to everybody in the mean */
  addShowing(titleId: TitleId, lift: number): void {
    const before = this.#impressions.get(titleId) ?? 0;
    this.#titles.add(before, lift);
    this.#impressions.set(titleId, before + 1);
  }

  /** Of the oracle's expected watch time, by watches so far, over pages of new viewers. */
  get newProfiles(): readonly CurvePoint[] {
    return this.#profiles.points();
  }

  /** Lift over showing it to anybody, by impressions so far, over showings of new titles. */
  get newTitles(): readonly CurvePoint[] {
    return this.#titles.points();
  }

  get newTitlesShown(): number {
    return this.#impressions.size;
  }
}
