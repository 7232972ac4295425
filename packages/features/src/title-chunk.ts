/**
 * A few thousand rows of the title table, out of the garbage collector's sight: half a million titles as objects
 * with lists are millions of things to mark, and the pages served meanwhile wait for it. Here a title is 128
 * bytes of one buffer, its name and its people are stretches of two others, and what many titles have in common
 * is a number of a dictionary.
 *
 * Rows are written once and never change, so whoever holds one reads what the title was when it was asked for.
 */
import {
  type AvailabilityWindow,
  type GenreId,
  isAvailable,
  MATURITY_RATINGS,
  type MaturityRating,
  type PersonId,
  type Region,
  TITLE_KINDS,
  type TitleId,
  type TitleKind,
} from '@marquee/domain';
import { Interned, InternedLists } from './interned.ts';
import type { TitleFacts } from './title-table.ts';

export const CHUNK_ROWS = 4_096;

/** What the chunks of one table share. */
export interface TitleDictionaries {
  readonly genreLists: InternedLists;
  readonly regionLists: InternedLists;
  readonly people: Interned<PersonId>;
  readonly studios: Interned<string>;
}

export function createTitleDictionaries(): TitleDictionaries {
  return {
    genreLists: new InternedLists(),
    regionLists: new InternedLists(),
    people: new Interned(),
    studios: new Interned(),
  };
}

/**
 * Places in a row. What decides whether a title may be shown stands in the first 64 bytes, one line of the
 * processor's cache. Numbers that a title may lack are NaN.
 */
const ROW_BYTES = 128;
const DOUBLES = ROW_BYTES / 8;
const WORDS = ROW_BYTES / 4;
const DOUBLE = {
  windowFrom: 0,
  windowTo: 1,
  releaseYear: 2,
  runtimeMinutes: 3,
  addedAt: 4,
  averageScore: 8,
  scoreCount: 9,
} as const;
const WORD = {
  maturity: 10,
  kind: 11,
  /** 1, or 0: then the windows are in the chunk's map. */
  oneWindow: 12,
  /** NONE: everywhere. */
  windowRegions: 13,
  genreList: 14,
  studio: 20,
  directors: 21,
  peopleFrom: 22,
  peopleTo: 23,
  nameFrom: 24,
  nameTo: 25,
  /** 0: one. */
  artworkVariants: 26,
} as const;

const NONE = 0xffff_ffff;

export class TitleChunk {
  readonly #dictionaries: TitleDictionaries;
  readonly #doubles: Float64Array;
  readonly #words: Uint32Array;
  readonly #ids: TitleId[] = [];
  /** Of rows that have none or several. */
  readonly #windows = new Map<number, readonly AvailabilityWindow[]>();
  readonly #retired = new Set<number>();
  #people = new Uint32Array(CHUNK_ROWS * 4);
  #peopleUsed = 0;
  /** UTF-8. */
  #names = Buffer.alloc(CHUNK_ROWS * 24);
  #namesUsed = 0;

  constructor(dictionaries: TitleDictionaries) {
    this.#dictionaries = dictionaries;
    const buffer = new ArrayBuffer(CHUNK_ROWS * ROW_BYTES);
    this.#doubles = new Float64Array(buffer);
    this.#words = new Uint32Array(buffer);
  }

  get full(): boolean {
    return this.#ids.length === CHUNK_ROWS;
  }

  /** How many rows are still titles. */
  get live(): number {
    return this.#ids.length - this.#retired.size;
  }

  liveRows(): number[] {
    return Array.from(this.#ids.keys()).filter((row) => !this.#retired.has(row));
  }

  retire(row: number): void {
    this.#retired.add(row);
  }

  /** @param facts with distinct people, directors first. @returns the row, below CHUNK_ROWS. */
  append(facts: TitleFacts): number {
    const { genreLists, people, studios } = this.#dictionaries;
    const row = this.#ids.push(facts.id) - 1;
    const doubles = this.#doubles.subarray(row * DOUBLES, (row + 1) * DOUBLES);
    doubles[DOUBLE.releaseYear] = facts.releaseYear ?? Number.NaN;
    doubles[DOUBLE.runtimeMinutes] = facts.runtimeMinutes ?? Number.NaN;
    doubles[DOUBLE.addedAt] = facts.addedAt;
    doubles[DOUBLE.averageScore] = facts.averageScore ?? Number.NaN;
    doubles[DOUBLE.scoreCount] = facts.scoreCount ?? Number.NaN;
    const words = this.#words.subarray(row * WORDS, (row + 1) * WORDS);
    words[WORD.maturity] = MATURITY_RATINGS.indexOf(facts.maturityRating);
    words[WORD.kind] = TITLE_KINDS.indexOf(facts.kind);
    words[WORD.genreList] = genreLists.numberOf(facts.genreIds);
    words[WORD.studio] = facts.studio === undefined ? NONE : studios.numberOf(facts.studio, facts.studio);
    words[WORD.directors] = facts.directorIds.length;
    words[WORD.artworkVariants] = facts.artworkVariants ?? 0;
    words[WORD.peopleFrom] = this.#peopleUsed;
    for (const id of facts.personIds) this.#addPerson(people.numberOf(id, id));
    words[WORD.peopleTo] = this.#peopleUsed;
    words[WORD.nameFrom] = this.#namesUsed;
    this.#addName(facts.name);
    words[WORD.nameTo] = this.#namesUsed;
    this.#setWindows(row, facts.availability);
    return row;
  }

  idOf(row: number): TitleId {
    return this.#ids[row]!;
  }

  nameOf(row: number): string {
    const word = row * WORDS;
    return this.#names.toString('utf8', this.#words[word + WORD.nameFrom], this.#words[word + WORD.nameTo]);
  }

  kindOf(row: number): TitleKind {
    return TITLE_KINDS[this.#words[row * WORDS + WORD.kind]!]!;
  }

  maturityRatingOf(row: number): MaturityRating {
    return MATURITY_RATINGS[this.#words[row * WORDS + WORD.maturity]!]!;
  }

  genreIdsOf(row: number): readonly GenreId[] {
    return this.#dictionaries.genreLists.at(this.#words[row * WORDS + WORD.genreList]!);
  }

  /** Directors first, then cast. */
  personIdsOf(row: number): PersonId[] {
    const word = row * WORDS;
    return this.#peopleBetween(this.#words[word + WORD.peopleFrom]!, this.#words[word + WORD.peopleTo]!);
  }

  directorIdsOf(row: number): PersonId[] {
    const word = row * WORDS;
    const from = this.#words[word + WORD.peopleFrom]!;
    return this.#peopleBetween(from, from + this.#words[word + WORD.directors]!);
  }

  get people(): Interned<PersonId> {
    return this.#dictionaries.people;
  }

  /** Of the numbers of its people: from the first to before the last, in `peopleNumbers`. Directors come first. */
  peopleFrom(row: number): number {
    return this.#words[row * WORDS + WORD.peopleFrom]!;
  }

  directorsTo(row: number): number {
    const word = row * WORDS;
    return this.#words[word + WORD.peopleFrom]! + this.#words[word + WORD.directors]!;
  }

  peopleTo(row: number): number {
    return this.#words[row * WORDS + WORD.peopleTo]!;
  }

  /** Asked for anew by everybody: it moves when it grows. */
  get peopleNumbers(): Uint32Array {
    return this.#people;
  }

  studioOf(row: number): string | undefined {
    const studio = this.#words[row * WORDS + WORD.studio]!;
    return studio === NONE ? undefined : this.#dictionaries.studios.at(studio);
  }

  addedAtOf(row: number): number {
    return this.#doubles[row * DOUBLES + DOUBLE.addedAt]!;
  }

  releaseYearOf(row: number): number | undefined {
    return known(this.#doubles[row * DOUBLES + DOUBLE.releaseYear]!);
  }

  runtimeMinutesOf(row: number): number | undefined {
    return known(this.#doubles[row * DOUBLES + DOUBLE.runtimeMinutes]!);
  }

  averageScoreOf(row: number): number | undefined {
    return known(this.#doubles[row * DOUBLES + DOUBLE.averageScore]!);
  }

  scoreCountOf(row: number): number | undefined {
    return known(this.#doubles[row * DOUBLES + DOUBLE.scoreCount]!);
  }

  artworkVariantsOf(row: number): number | undefined {
    return this.#words[row * WORDS + WORD.artworkVariants]! || undefined;
  }

  availabilityOf(row: number): readonly AvailabilityWindow[] {
    const several = this.#words[row * WORDS + WORD.oneWindow] === 0;
    if (several) return this.#windows.get(row)!;
    const from = this.#doubles[row * DOUBLES + DOUBLE.windowFrom]!;
    const to = this.#doubles[row * DOUBLES + DOUBLE.windowTo]!;
    const regions = this.#words[row * WORDS + WORD.windowRegions]!;
    return [
      {
        from,
        ...(to === Number.POSITIVE_INFINITY ? {} : { to }),
        ...(regions === NONE ? {} : { regions: this.#dictionaries.regionLists.at(regions) }),
      },
    ];
  }

  /** As `isAvailable` of the domain says it, without making a list. */
  isAvailable(row: number, instant: number, region: Region | undefined): boolean {
    if (this.#words[row * WORDS + WORD.oneWindow] === 0) {
      return isAvailable(this.#windows.get(row)!, instant, region);
    }
    const double = row * DOUBLES;
    if (!(this.#doubles[double + DOUBLE.windowFrom]! <= instant)) return false;
    if (!(instant < this.#doubles[double + DOUBLE.windowTo]!)) return false;
    const regions = this.#words[row * WORDS + WORD.windowRegions]!;
    if (regions === NONE) return true;
    return region !== undefined && this.#dictionaries.regionLists.at(regions).includes(region);
  }

  #setWindows(row: number, windows: readonly AvailabilityWindow[]): void {
    const [window] = windows;
    const one = windows.length === 1 && window!.to !== Number.POSITIVE_INFINITY;
    this.#words[row * WORDS + WORD.oneWindow] = one ? 1 : 0;
    if (!one) {
      this.#windows.set(row, windows);
      return;
    }
    const { from, to = Number.POSITIVE_INFINITY, regions } = window!;
    this.#doubles[row * DOUBLES + DOUBLE.windowFrom] = from;
    this.#doubles[row * DOUBLES + DOUBLE.windowTo] = to;
    this.#words[row * WORDS + WORD.windowRegions] =
      regions === undefined ? NONE : this.#dictionaries.regionLists.numberOf(regions);
  }

  #peopleBetween(from: number, to: number): PersonId[] {
    const { people } = this.#dictionaries;
    const ids: PersonId[] = [];
    for (let i = from; i < to; i++) ids.push(people.at(this.#people[i]!));
    return ids;
  }

  #addPerson(number: number): void {
    if (this.#peopleUsed === this.#people.length) {
      const grown = new Uint32Array(this.#people.length * 2);
      grown.set(this.#people);
      this.#people = grown;
    }
    this.#people[this.#peopleUsed++] = number;
  }

  #addName(name: string): void {
    const needed = this.#namesUsed + Buffer.byteLength(name);
    if (needed > this.#names.length) {
      const grown = Buffer.alloc(Math.max(needed, this.#names.length * 2));
      this.#names.copy(grown);
      this.#names = grown;
    }
    this.#names.write(name, this.#namesUsed);
    this.#namesUsed = needed;
  }
}

function known(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
