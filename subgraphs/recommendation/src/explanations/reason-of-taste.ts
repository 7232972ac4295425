/**
 * The sentence for what moved the ranker most. Pure. A group of columns speaks for a title when it has a good part of all that
 * speaks for it, and when there is something of the viewer's own to name; the strongest that can be named is. Nothing is said
 * rather than something that was not the cause.
 */
import type { PersonId, Reason } from '@marquee/domain';
import type { TitleFacts } from '@marquee/features';
import type { Contributions } from '@marquee/model-runtime/contributions';
import { type HomeCandidate, provenanceFrom } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';
import { collaborativeReason } from '../page/collaborative-reason.ts';
import { genreInHeadline } from '../page/genre-in-headline.ts';
import type { PageInput } from '../page/page-input.ts';
import { seedReason } from '../page/seed-reason.ts';
import { TASTE_GROUPS, type TasteGroup } from './taste-groups.ts';
import type { WatchedAlike } from './watched-alike.ts';

/** Of all that speaks for the title. Below it a cause is one of many small ones. */
const LEAST_SHARE = 0.15;
/** One title of a genre is no habit. */
const LEAST_OF_GENRE = 2;
const MAX_NAMED = 2;

export interface ReasonFacts {
  readonly query: Pick<HomeQuery, 'seeds' | 'collaborativeTaste' | 'prepared' | 'names'>;
  readonly titleOf: PageInput['titleOf'];
  readonly watched: WatchedAlike;
}

/** Groups that speak for a title, the strongest first. */
export function strongestGroups({ byGroup }: Pick<Contributions, 'byGroup'>): readonly TasteGroup[] {
  const positive = byGroup.reduce((sum, value) => sum + Math.max(0, value), 0);
  return TASTE_GROUPS.map((group, i) => ({ group, value: byGroup[i]! }))
    .filter(({ value }) => value > 0 && value >= LEAST_SHARE * positive)
    .sort((a, b) => b.value - a.value)
    .map(({ group }) => group);
}

export function reasonOfTaste(
  groups: readonly TasteGroup[],
  candidate: HomeCandidate,
  facts: ReasonFacts,
): Reason | undefined {
  for (const group of groups) {
    const reason = SENTENCES[group](candidate, facts);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Whose work the viewer has watched and liked most, of those who made the title. */
export function favourite(
  { facts }: Pick<HomeCandidate, 'facts'>,
  { query: { prepared }, watched }: Pick<ReasonFacts, 'query' | 'watched'>,
): PersonId | undefined {
  let best: PersonId | undefined;
  let bestAffinity = 0;
  for (const id of [...facts.directorIds, ...facts.personIds]) {
    const affinity = prepared.personAffinity.get(id) ?? 0;
    if (affinity > bestAffinity && watched.withPerson(id).length > 0) [best, bestAffinity] = [id, affinity];
  }
  return best;
}

type Sentence = (candidate: HomeCandidate, facts: ReasonFacts) => Reason | undefined;

const SENTENCES: Readonly<Record<TasteGroup, Sentence>> = {
  coWatch: ofWatchedSeed,
  likeness: ofSimilarSeed,
  collaborative: ({ id }, facts) => collaborativeReason(facts, id),
  people: ofPeople,
  genres: ofGenres,
  origin: () => undefined,
};

function ofSimilarSeed(candidate: HomeCandidate, facts: ReasonFacts): Reason | undefined {
  const seedId = provenanceFrom(candidate, SOURCE.similarToSeeds)?.because[0];
  return seedId === undefined ? undefined : seedReason(facts, seedId);
}

/** The ranker's co-watch is with what was watched: a title that was only liked has no part in it. */
function ofWatchedSeed(candidate: HomeCandidate, facts: ReasonFacts): Reason | undefined {
  const watched = new Set(
    facts.query.seeds.flatMap(({ titleId, how }) => (how === 'watched' ? titleId : [])),
  );
  const seedId = provenanceFrom(candidate, SOURCE.becauseYouWatched)?.because.find((id) => watched.has(id));
  return seedId === undefined ? undefined : seedReason(facts, seedId);
}

function ofPeople(candidate: HomeCandidate, facts: ReasonFacts): Reason | undefined {
  const personId = favourite(candidate, facts);
  const name = personId === undefined ? undefined : facts.query.names.person(personId);
  if (personId === undefined || name === undefined) return undefined;
  const directs = directedBy(personId, candidate.facts);
  const alike = facts.watched.withPerson(personId);
  const inThatPart = alike.find((title) => directedBy(personId, title) === directs);
  const like = inThatPart ?? alike[0]!;
  const inAnother = directs ? `who is in ${like.name}` : `who directed ${like.name}`;
  return {
    text: `${directs ? 'Directed by' : 'With'} ${name}, ${inThatPart === undefined ? inAnother : `like ${like.name}`}, which you watched`,
    titleIds: [like.id],
    personIds: [personId],
  };
}

/** Of whoever has a part in the title. */
function directedBy(personId: PersonId, { directorIds }: Pick<TitleFacts, 'directorIds'>): boolean {
  return directorIds.includes(personId);
}

function ofGenres(candidate: HomeCandidate, { query, watched }: ReasonFacts): Reason | undefined {
  let best: string | undefined;
  let bestAffinity = 0;
  for (const genreId of candidate.facts.genreIds) {
    const affinity = query.prepared.genreAffinity.get(genreId) ?? 0;
    if (affinity > bestAffinity) [best, bestAffinity] = [genreId, affinity];
  }
  const name = best === undefined ? undefined : query.names.genre(best);
  const alike = best === undefined ? [] : watched.ofGenre(best);
  if (name === undefined || alike.length < LEAST_OF_GENRE) return undefined;
  const named = alike.slice(0, MAX_NAMED);
  return {
    text: `You watch ${genreInHeadline(name)}: ${named.map((title) => title.name).join(', ')}`,
    titleIds: named.map(({ id }) => id),
    personIds: [],
  };
}
