/**
 * A viewer's taste as decaying sums, kept so that adding one event touches only the keys it is about.
 *
 * Sums are stored as of the start of a half-life period; an event at instant `t` adds
 * `weight × 2^((t - start) / half-life)`. When time enters a later period every sum is halved once per period,
 * which is exact in floating point: how often a state was written and read in between leaves no trace in it.
 */
import type { TitleFacts } from '../title-table.ts';
import { MAX_TASTE_KEYS, TASTE_HALF_LIFE_MS, type Taste } from '../views/profile-state.view.ts';
import { eraOf } from './era.ts';

type Sums = Map<string, number>;

const CAST_COUNTED = 5;
const CAST_SHARE = 0.5;
/** Sums below this are dust from contributions taken back or decayed away. */
const DUST = 1e-9;
/** Room above the bound before the smallest sums are dropped, so that this is rare. */
const SLACK = MAX_TASTE_KEYS / 3;

export class TasteSums {
  readonly genres: Sums;
  readonly people: Sums;
  readonly eras: Sums;
  readonly studios: Sums;
  total: number;
  updatedAt: number;

  constructor(taste?: Taste) {
    this.genres = new Map(Object.entries(taste?.genres ?? {}));
    this.people = new Map(Object.entries(taste?.people ?? {}));
    this.eras = new Map(Object.entries(taste?.eras ?? {}));
    this.studios = new Map(Object.entries(taste?.studios ?? {}));
    this.total = taste?.total ?? 0;
    this.updatedAt = taste?.updatedAt ?? 0;
  }

  toTaste(): Taste {
    return {
      genres: toRecord(this.genres),
      people: toRecord(this.people),
      eras: toRecord(this.eras),
      studios: toRecord(this.studios),
      total: this.total,
      updatedAt: this.updatedAt,
    };
  }

  /**
   * Replaces a contribution by another: adds `after - before` to every sum the title has a part in. First-time
   * contributions have `before = 0`; one is taken back with `after = 0` and its own instant.
   */
  contribute(title: TitleFacts | undefined, before: number, after: number, at: number): void {
    if (title === undefined || before === after) return;
    const scale = this.#moveTo(at);
    const amount = (after - before) * scale;
    for (const id of title.genreIds) add(this.genres, id, amount);
    for (const id of title.directorIds) add(this.people, id, amount);
    let cast = 0;
    for (const id of title.personIds) {
      if (title.directorIds.includes(id)) continue;
      if (cast++ === CAST_COUNTED) break;
      add(this.people, id, amount * CAST_SHARE);
    }
    if (title.releaseYear !== undefined) add(this.eras, eraOf(title.releaseYear), amount);
    if (title.studio !== undefined) add(this.studios, title.studio, amount);
    this.total = Math.max(0, this.total + (Math.abs(after) - Math.abs(before)) * scale);
    for (const sums of this.#all()) bound(sums);
  }

  /** A followed (or, with a negative weight, no longer followed) person. */
  contributePerson(personId: string, weight: number, at: number): void {
    add(this.people, personId, weight * this.#moveTo(at));
    bound(this.people);
  }

  /** Brings the sums to the period of `at` if that is later; returns the factor of a contribution at `at`. */
  #moveTo(at: number): number {
    const start = Math.floor(at / TASTE_HALF_LIFE_MS) * TASTE_HALF_LIFE_MS;
    const untouched = this.updatedAt === 0 && this.total === 0 && this.people.size === 0;
    if (untouched) {
      this.updatedAt = start;
    } else if (start > this.updatedAt) {
      const factor = 0.5 ** ((start - this.updatedAt) / TASTE_HALF_LIFE_MS);
      for (const sums of this.#all()) {
        for (const [key, sum] of sums) put(sums, key, sum * factor);
      }
      this.total *= factor;
      this.updatedAt = start;
    }
    return 2 ** ((at - this.updatedAt) / TASTE_HALF_LIFE_MS);
  }

  #all(): readonly Sums[] {
    return [this.genres, this.people, this.eras, this.studios];
  }
}

function add(sums: Sums, key: string, amount: number): void {
  put(sums, key, (sums.get(key) ?? 0) + amount);
}

function put(sums: Sums, key: string, value: number): void {
  if (Math.abs(value) < DUST) sums.delete(key);
  else sums.set(key, value);
}

/** Keeps the keys with the largest absolute sums; ties by key. */
function bound(sums: Sums): void {
  if (sums.size <= MAX_TASTE_KEYS + SLACK) return;
  const order = [...sums].sort(([a, x], [b, y]) => Math.abs(y) - Math.abs(x) || (a < b ? -1 : 1));
  for (const [key] of order.slice(MAX_TASTE_KEYS)) sums.delete(key);
}

/** Without a prototype, so that an id such as "constructor" is an id and nothing else. */
function toRecord(sums: Sums): Record<string, number> {
  const record = Object.create(null) as Record<string, number>;
  for (const [key, sum] of sums) record[key] = sum;
  return record;
}
