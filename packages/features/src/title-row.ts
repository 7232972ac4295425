/** A title of the table as its readers see it: made when asked for, reading its row field by field. */
import type {
  AvailabilityWindow,
  GenreId,
  MaturityRating,
  PersonId,
  Region,
  TitleKind,
} from '@marquee/domain';
import type { Interned } from './interned.ts';
import type { TitleChunk } from './title-chunk.ts';
import type { TitleFacts } from './title-table.ts';

/** Its fields are getters: they are not copied by spreading it. */
export class TitleRow implements TitleFacts {
  readonly #chunk: TitleChunk;
  readonly #row: number;
  #personIds: readonly PersonId[] | undefined;
  #directorIds: readonly PersonId[] | undefined;

  constructor(chunk: TitleChunk, row: number) {
    this.#chunk = chunk;
    this.#row = row;
  }

  get id(): string {
    return this.#chunk.idOf(this.#row);
  }

  get name(): string {
    return this.#chunk.nameOf(this.#row);
  }

  get kind(): TitleKind {
    return this.#chunk.kindOf(this.#row);
  }

  get genreIds(): readonly GenreId[] {
    return this.#chunk.genreIdsOf(this.#row);
  }

  get personIds(): readonly PersonId[] {
    this.#personIds ??= this.#chunk.personIdsOf(this.#row);
    return this.#personIds;
  }

  get directorIds(): readonly PersonId[] {
    this.#directorIds ??= this.#chunk.directorIdsOf(this.#row);
    return this.#directorIds;
  }

  /** Gives people numbers; one for all rows of a table. */
  get people(): Interned<PersonId> {
    return this.#chunk.people;
  }

  /** The largest value of its people (of its directors alone), 0 for those without one; 0 where there are none. */
  largestOfPeople(values: ReadonlyMap<number, number>, directorsAlone: boolean): number {
    const numbers = this.#chunk.peopleNumbers;
    const end = directorsAlone ? this.#chunk.directorsTo(this.#row) : this.#chunk.peopleTo(this.#row);
    const from = this.#chunk.peopleFrom(this.#row);
    let best = Number.NEGATIVE_INFINITY;
    for (let i = from; i < end; i++) {
      const value = values.get(numbers[i]!) ?? 0;
      if (value > best) best = value;
    }
    return from === end ? 0 : best;
  }

  /** The mean of its directors' values, likewise. */
  meanOfDirectors(values: ReadonlyMap<number, number>): number {
    const numbers = this.#chunk.peopleNumbers;
    const from = this.#chunk.peopleFrom(this.#row);
    const end = this.#chunk.directorsTo(this.#row);
    let sum = 0;
    for (let i = from; i < end; i++) sum += values.get(numbers[i]!) ?? 0;
    return from === end ? 0 : sum / (end - from);
  }

  hasPersonOf(people: ReadonlySet<number>): boolean {
    const numbers = this.#chunk.peopleNumbers;
    const end = this.#chunk.peopleTo(this.#row);
    for (let i = this.#chunk.peopleFrom(this.#row); i < end; i++) if (people.has(numbers[i]!)) return true;
    return false;
  }

  get studio(): string | undefined {
    return this.#chunk.studioOf(this.#row);
  }

  get releaseYear(): number | undefined {
    return this.#chunk.releaseYearOf(this.#row);
  }

  get addedAt(): number {
    return this.#chunk.addedAtOf(this.#row);
  }

  get runtimeMinutes(): number | undefined {
    return this.#chunk.runtimeMinutesOf(this.#row);
  }

  get maturityRating(): MaturityRating {
    return this.#chunk.maturityRatingOf(this.#row);
  }

  get averageScore(): number | undefined {
    return this.#chunk.averageScoreOf(this.#row);
  }

  get scoreCount(): number | undefined {
    return this.#chunk.scoreCountOf(this.#row);
  }

  get artworkVariants(): number | undefined {
    return this.#chunk.artworkVariantsOf(this.#row);
  }

  get availability(): readonly AvailabilityWindow[] {
    return this.#chunk.availabilityOf(this.#row);
  }

  /** What `isAvailable(availability, …)` says, without making the list. */
  isAvailable(instant: number, region: Region | undefined): boolean {
    return this.#chunk.isAvailable(this.#row, instant, region);
  }
}
