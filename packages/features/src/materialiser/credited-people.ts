import type { PersonId } from '@marquee/domain';
import type { TitleFacts } from '../title-table.ts';

const DIRECTORS = 2;
const CAST = 4;

/** Whom a title's watches are counted for: those it is known by, so that a long cast weighs no more than a short one. Each once. */
export function creditedPeople({
  personIds,
  directorIds,
}: Pick<TitleFacts, 'personIds' | 'directorIds'>): ReadonlySet<PersonId> {
  const credited = new Set(directorIds.slice(0, DIRECTORS));
  const directors = directorIds.length;
  for (let i = directors; i < personIds.length && i < directors + CAST; i++) credited.add(personIds[i]!);
  return credited;
}
