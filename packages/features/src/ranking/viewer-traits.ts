/**
 * What a viewer makes of a title's genres and people, for thousands of titles of one page. Titles share their lists of genres, so a
 * list is worked out once; people are compared by the numbers that the title table gives them, so that no list of ids is made and
 * none of half a million names is looked at. The values are those of the maps in `PreparedProfile`, to the last bit.
 */
import type { GenreId, PersonId } from '@marquee/domain';
import type { Interned } from '../interned.ts';
import { TitleRow } from '../title-row.ts';
import type { TitleFacts } from '../title-table.ts';
import type { PreparedProfile } from './ranking-features.ts';

export interface GenreTraits {
  /** Largest and mean affinity; 0 where there are no genres. */
  readonly largest: number;
  readonly mean: number;
  /** Mean of what the viewer's own regression says. */
  readonly preferred: number;
  /** One of them was chosen at the start. */
  readonly chosen: boolean;
}

const known = new WeakMap<PreparedProfile, ViewerTraits>();

/** Made when it is first asked for. */
export function viewerTraits(prepared: PreparedProfile): ViewerTraits {
  let traits = known.get(prepared);
  if (traits === undefined) {
    traits = new ViewerTraits(prepared);
    known.set(prepared, traits);
  }
  return traits;
}

export class ViewerTraits {
  readonly #prepared: PreparedProfile;
  readonly #byGenres = new Map<readonly GenreId[], GenreTraits>();
  #people: Interned<PersonId> | undefined;
  #affinity: ReadonlyMap<number, number> = new Map();
  #followed: ReadonlySet<number> = new Set();

  constructor(prepared: PreparedProfile) {
    this.#prepared = prepared;
  }

  /** @param genreIds a list that never changes */
  ofGenres(genreIds: readonly GenreId[]): GenreTraits {
    let traits = this.#byGenres.get(genreIds);
    if (traits === undefined) {
      const { genreAffinity, preference, onboardingGenres } = this.#prepared;
      traits = {
        largest: largest(genreAffinity, genreIds),
        mean: mean(genreAffinity, genreIds),
        preferred: mean(preference.genres, genreIds),
        chosen: hasAny(onboardingGenres, genreIds),
      };
      this.#byGenres.set(genreIds, traits);
    }
    return traits;
  }

  /** Largest affinity of anybody in it. */
  ofPeople(title: TitleFacts): number {
    if (!(title instanceof TitleRow)) return largest(this.#prepared.personAffinity, title.personIds);
    this.#number(title.people);
    return title.largestOfPeople(this.#affinity, false);
  }

  largestOfDirectors(title: TitleFacts): number {
    if (!(title instanceof TitleRow)) return largest(this.#prepared.personAffinity, title.directorIds);
    this.#number(title.people);
    return title.largestOfPeople(this.#affinity, true);
  }

  meanOfDirectors(title: TitleFacts): number {
    if (!(title instanceof TitleRow)) return mean(this.#prepared.personAffinity, title.directorIds);
    this.#number(title.people);
    return title.meanOfDirectors(this.#affinity);
  }

  /** Somebody whom the viewer follows is in it. */
  hasFollowed(title: TitleFacts): boolean {
    const { followedPeople } = this.#prepared;
    if (followedPeople.size === 0) return false;
    if (!(title instanceof TitleRow)) return hasAny(followedPeople, title.personIds);
    this.#number(title.people);
    return title.hasPersonOf(this.#followed);
  }

  /** People whom the table knows; the others are in none of its titles. */
  #number(people: Interned<PersonId>): void {
    if (this.#people === people) return;
    const affinity = new Map<number, number>();
    for (const [id, value] of this.#prepared.personAffinity) {
      const number = people.find(id);
      if (number !== undefined) affinity.set(number, value);
    }
    const followed = new Set<number>();
    for (const id of this.#prepared.followedPeople) {
      const number = people.find(id);
      if (number !== undefined) followed.add(number);
    }
    this.#affinity = affinity;
    this.#followed = followed;
    this.#people = people;
  }
}

function largest(affinity: ReadonlyMap<string, number>, ids: readonly string[]): number {
  let best: number | undefined;
  for (const id of ids) {
    const value = affinity.get(id) ?? 0;
    if (best === undefined || value > best) best = value;
  }
  return best ?? 0;
}

function mean(affinity: ReadonlyMap<string, number>, ids: readonly string[]): number {
  if (ids.length === 0) return 0;
  let sum = 0;
  for (const id of ids) sum += affinity.get(id) ?? 0;
  return sum / ids.length;
}

function hasAny(set: ReadonlySet<string>, ids: readonly string[]): boolean {
  if (set.size === 0) return false;
  for (const id of ids) if (set.has(id)) return true;
  return false;
}
