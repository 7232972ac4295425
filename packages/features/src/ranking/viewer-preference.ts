/**
 * What a viewer prefers, from what they did with what they saw: a small Bayesian logistic regression of their own on what titles are made
 * of (genres, decades, and how well known they are), from their state alone. Counts of watches cannot tell somebody who loves drama from
 * somebody who was shown little else; here what was seen and left alone speaks as well. People are left to `director_affinity`: somebody's
 * films are too few to tell more of.
 *
 * Every weight is drawn towards 0 by a prior of its kind, so that whoever has done little is taken to be like everybody. The most likely
 * weights are found by coordinate descent with bounded steps (Genkin, Lewis & Madigan 2007), a fixed number of rounds in a fixed order: the
 * same state gives the same bits.
 */
import { DAY_MS, type TitleId } from '@marquee/domain';
import type { TitleFacts } from '../title-table.ts';
import type { ProfileState, WatchEntry } from '../views/profile-state.view.ts';

export interface ViewerPreference {
  /** Log-odds of a title that is of this genre alone; one of several has their mean. */
  readonly genres: ReadonlyMap<string, number>;
  /** Key: first year of a decade. */
  readonly decades: ReadonlyMap<number, number>;
  /** Log-odds per unit of `fameOf`, beside what everybody makes of it. */
  readonly fame: number;
}

export const NO_PREFERENCE: ViewerPreference = Object.freeze({
  genres: new Map(),
  decades: new Map(),
  fame: 0,
});

/** What is known about the titles that the state names. */
export interface TitlesSeen {
  get(id: TitleId): TitleFacts | undefined;
}

/** Variances of log-odds between viewers. */
const VARIANCE = { level: 1, fame: 0.1, genre: 1, decade: 0.3 } as const;
/** Log-odds of a watch of what is seen, of an average title. */
const USUAL_LEVEL = -2.5;
/** What everybody makes of fame and score, so that a watch of what all the world watches says little. */
const USUAL_FAME = 0.3;
const USUAL_SCORE = 0.3;
const MEAN_SCORE = 6.5;
const MEAN_FAME = 3;
/** An impression counts so much of a look, and so many of them at most. */
const LOOK = 0.5;
const MOST_LOOKS = 4;
/** A play that was given up speaks for a title, against having been left alone, by so much of a watch. */
const BEGUN = 0.3;
const OPINION_WEIGHT = 2;
const HALF_LIFE_DAYS = 90;
const ROUNDS = 4;
const LONGEST_STEP = 1;

/** @returns NO_PREFERENCE for whoever has seen nothing that is known. Pure. */
export function learnPreference(state: ProfileState, titles: TitlesSeen, now: number): ViewerPreference {
  const seen = new SeenTitles(titles, now);
  for (const entry of state.history) {
    const reaction = state.reactions[entry.titleId]?.reaction;
    if (reaction === 'DISLIKE') seen.add(entry.titleId, 0, OPINION_WEIGHT, entry.lastWatchedAt);
    else if (reaction === 'LIKE') seen.add(entry.titleId, 1, OPINION_WEIGHT, entry.lastWatchedAt);
    else seen.add(entry.titleId, enjoyed(entry), 1, entry.lastWatchedAt);
  }
  for (const id in state.impressions) {
    const { count, lastAt } = state.impressions[id]!;
    seen.add(id, 0, LOOK * Math.min(MOST_LOOKS, count), lastAt);
  }
  return seen.learn();
}

function enjoyed({ qualified, abandoned }: WatchEntry): number {
  return qualified && !abandoned ? 1 : BEGUN;
}

/** How well known a title is: powers of ten of its votes, beside a usual title's. 0 where nobody knows. */
export function fameOf({ scoreCount }: Pick<TitleFacts, 'scoreCount'>): number {
  return scoreCount === undefined ? 0 : Math.log10(1 + Math.max(0, scoreCount)) - MEAN_FAME;
}

/** Of a title, by when it was released. */
export function decadePreference(
  { decades }: ViewerPreference,
  { releaseYear }: Pick<TitleFacts, 'releaseYear'>,
): number {
  if (releaseYear === undefined) return 0;
  const first = decadeBefore(releaseYear);
  const later = shareOfLater(releaseYear, first);
  return (1 - later) * (decades.get(first) ?? 0) + later * (decades.get(first + 10) ?? 0);
}

/** The decade whose middle is the last before a year: it and the next one share the year, so that 1989 and 1991 are neighbours. */
function decadeBefore(year: number): number {
  return 10 * Math.floor((year - 5) / 10);
}

function shareOfLater(year: number, first: number): number {
  return (year - 5 - first) / 10;
}

const LEVEL = 0;
const FAME = 1;

/** Sparse rows, one per title, of what it is made of. */
class SeenTitles {
  readonly #titles: TitlesSeen;
  readonly #now: number;
  readonly #genres = new Map<string, number>();
  readonly #decades = new Map<number, number>();
  readonly #variances: number[] = [VARIANCE.level, VARIANCE.fame];
  /** Entries of the matrix, row by row. */
  readonly #traits: number[] = [];
  readonly #values: number[] = [];
  readonly #ends: number[] = [];
  readonly #labels: number[] = [];
  readonly #weights: number[] = [];
  readonly #margins: number[] = [];

  constructor(titles: TitlesSeen, now: number) {
    this.#titles = titles;
    this.#now = now;
  }

  add(id: TitleId, label: number, weight: number, at: number): void {
    const title = this.#titles.get(id);
    if (title === undefined) return;
    const fame = fameOf(title);
    this.#put(LEVEL, 1);
    if (fame !== 0) this.#put(FAME, fame);
    const { genreIds, releaseYear, averageScore = MEAN_SCORE } = title;
    for (const genre of genreIds)
      this.#put(this.#trait(this.#genres, genre, VARIANCE.genre), 1 / genreIds.length);
    if (releaseYear !== undefined) {
      const first = decadeBefore(releaseYear);
      const later = shareOfLater(releaseYear, first);
      this.#put(this.#trait(this.#decades, first, VARIANCE.decade), 1 - later);
      if (later > 0) this.#put(this.#trait(this.#decades, first + 10, VARIANCE.decade), later);
    }
    this.#ends.push(this.#traits.length);
    this.#labels.push(label);
    this.#weights.push(weight * 2 ** (-Math.max(0, this.#now - at) / DAY_MS / HALF_LIFE_DAYS));
    this.#margins.push(USUAL_LEVEL + USUAL_FAME * fame + USUAL_SCORE * (averageScore - MEAN_SCORE));
  }

  #put(trait: number, value: number): void {
    this.#traits.push(trait);
    this.#values.push(value);
  }

  #trait<K>(known: Map<K, number>, key: K, variance: number): number {
    let trait = known.get(key);
    if (trait === undefined) {
      trait = this.#variances.push(variance) - 1;
      known.set(key, trait);
    }
    return trait;
  }

  learn(): ViewerPreference {
    if (this.#labels.length === 0) return NO_PREFERENCE;
    const weights = this.#descend();
    const of = <K>(known: ReadonlyMap<K, number>): Map<K, number> => {
      const named = new Map<K, number>();
      for (const [key, trait] of known) named.set(key, weights[trait]!);
      return named;
    };
    return { genres: of(this.#genres), decades: of(this.#decades), fame: weights[FAME]! };
  }

  #descend(): Float64Array {
    const { starts, rows, values } = this.#byTrait();
    const margins = Float64Array.from(this.#margins);
    const chances = margins.map(sigmoid);
    const beta = new Float64Array(this.#variances.length);
    for (let round = 0; round < ROUNDS; round++) {
      for (let trait = 0; trait < beta.length; trait++) {
        const precision = 1 / this.#variances[trait]!;
        let slope = -beta[trait]! * precision;
        let curvature = precision;
        const end = starts[trait + 1]!;
        for (let k = starts[trait]!; k < end; k++) {
          const row = rows[k]!;
          const value = values[k]!;
          const weight = this.#weights[row]!;
          const chance = chances[row]!;
          slope += weight * value * (this.#labels[row]! - chance);
          curvature += weight * value * value * chance * (1 - chance);
        }
        const step = Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, slope / curvature));
        beta[trait] = beta[trait]! + step;
        for (let k = starts[trait]!; k < end; k++) {
          const row = rows[k]!;
          margins[row] = margins[row]! + step * values[k]!;
          chances[row] = sigmoid(margins[row]!);
        }
      }
    }
    return beta;
  }

  /** The same entries trait by trait. */
  #byTrait(): { starts: Uint32Array; rows: Uint32Array; values: Float64Array } {
    const entries = this.#traits.length;
    const starts = new Uint32Array(this.#variances.length + 1);
    for (const trait of this.#traits) starts[trait + 1]!++;
    for (let trait = 0; trait < this.#variances.length; trait++) starts[trait + 1]! += starts[trait]!;
    const next = starts.slice();
    const rows = new Uint32Array(entries);
    const values = new Float64Array(entries);
    let entry = 0;
    for (const [row, end] of this.#ends.entries()) {
      for (; entry < end; entry++) {
        const place = next[this.#traits[entry]!]!++;
        rows[place] = row;
        values[place] = this.#values[entry]!;
      }
    }
    return { starts, rows, values };
  }
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}
