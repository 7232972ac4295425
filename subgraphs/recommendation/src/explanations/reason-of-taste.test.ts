import type { Reason } from '@marquee/domain';
import { emptyProfileState, prepareProfile, type WatchEntry } from '@marquee/features';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HomeCandidate } from '../home/home-candidate.ts';
import { SOURCE } from '../home/source-names.ts';
import { candidateOf, factsOf, NOW } from '../test/candidates.ts';
import { favourite, type ReasonFacts, reasonOfTaste, strongestGroups } from './reason-of-taste.ts';
import { TASTE_COLUMNS, TASTE_GROUPS, type TasteGroup } from './taste-groups.ts';
import { WatchedAlike } from './watched-alike.ts';

const WATCHED = ['w1', 'w2', 'w3', 'w4'];
const titles = new Map(
  [
    factsOf('w1', { genreIds: ['western'], directorIds: ['leone'], personIds: ['eastwood'] }),
    factsOf('w2', { genreIds: ['western', 'drama'], directorIds: ['leone'] }),
    factsOf('w3', { genreIds: ['horror'] }),
    factsOf('begun', { genreIds: ['comedy'], directorIds: ['tati'] }),
    factsOf('stranger', { genreIds: ['comedy'], directorIds: ['tati'] }),
  ].map((facts) => [facts.id, facts]),
);
const history = [...WATCHED, 'begun'].map(
  (titleId, i): WatchEntry => ({
    ...{ titleId, firstWatchedAt: NOW - i, lastWatchedAt: NOW - i, watchedSeconds: 5_000 },
    ...{ positionSeconds: 5_000, completed: titleId !== 'begun', qualified: titleId !== 'begun' },
    ...{ playbackStartedAt: NOW - i, playbackSeconds: 5_000, abandoned: titleId === 'begun' },
  }),
);
const taste = {
  genres: { western: 4, horror: 3, comedy: 2, drama: -1 },
  people: { leone: 3, eastwood: 1, tati: 2 },
  ...{ eras: {}, studios: {}, total: 9, updatedAt: NOW },
};
const state = { ...emptyProfileState(), history, taste, qualifiedWatches: WATCHED.length };
const titleOf = (id: string) => titles.get(id);
const facts: ReasonFacts = {
  titleOf,
  watched: new WatchedAlike(state, titleOf),
  query: {
    seeds: WATCHED.map((titleId) => ({ titleId, how: 'watched' as const, at: NOW })),
    collaborativeTaste: undefined,
    prepared: prepareProfile(state, { now: NOW }, titles),
    names: { genre: (id) => `${id}s`, person: (id) => id },
  },
};
const because = (candidate: HomeCandidate, groups: readonly TasteGroup[]): Reason | undefined =>
  reasonOfTaste(groups, candidate, facts);
const western = candidateOf('t', [{ source: SOURCE.becauseYouWatched, because: ['w3'] }], {
  facts: factsOf('t', { genreIds: ['drama', 'western'], directorIds: ['leone'], personIds: ['eastwood'] }),
});

describe('a reason', () => {
  test('is about the strongest group that can be named', () => {
    expect(because(western, ['people', 'genres'])).toEqual({
      text: 'Directed by leone, like Title w1, which you watched',
      titleIds: ['w1'],
      personIds: ['leone'],
    });
    expect(because(western, ['genres', 'people'])?.text).toBe('You watch westerns: Title w1, Title w2');
    expect(because(western, ['origin', 'coWatch'])?.text).toBe('Because you watched Title w3');
    expect(because(western, ['likeness', 'collaborative'])).toBeUndefined();
  });

  test('says what part a person had, in the title and in the watched one', () => {
    const eastwoods = candidateOf('e', [], {
      facts: factsOf('e', { directorIds: ['eastwood'], personIds: ['eastwood'] }),
    });
    expect(because(eastwoods, ['people'])?.text).toBe(
      'Directed by eastwood, who is in Title w1, which you watched',
    );
    const inIt = candidateOf('l', [], {
      facts: factsOf('l', { directorIds: ['tati'], personIds: ['leone'] }),
    });
    expect(because(inIt, ['people'])?.text).toBe('With leone, who directed Title w1, which you watched');
    // One in the same part is named before one that was watched later.
    const both = new Map([
      ...titles,
      ['w3', factsOf('w3', { directorIds: ['eastwood'], personIds: ['eastwood'] })] as const,
    ]);
    const given = { ...facts, watched: new WatchedAlike(state, (id) => both.get(id)) };
    expect(reasonOfTaste(['people'], eastwoods, given)?.text).toBe(
      'Directed by eastwood, like Title w3, which you watched',
    );
  });

  test('does not rest on what was given up after its first minutes', () => {
    const givenUp = history.map((entry) => (entry.titleId === 'w1' ? { ...entry, abandoned: true } : entry));
    const given = { ...facts, watched: new WatchedAlike({ ...state, history: givenUp }, titleOf) };
    expect(reasonOfTaste(['people'], western, given)?.titleIds).toEqual(['w2']);
  });

  test('does not rest on what the viewer disliked or hid', () => {
    const disliked = { ...state, reactions: { w1: { reaction: 'DISLIKE' as const, at: NOW } } };
    const given = (own: typeof state) => ({ ...facts, watched: new WatchedAlike(own, titleOf) });
    expect(reasonOfTaste(['people'], western, given(disliked))?.titleIds).toEqual(['w2']);
    expect(reasonOfTaste(['genres'], western, given(disliked))).toBeUndefined();
    expect(reasonOfTaste(['people'], western, given({ ...state, hiddenTitleIds: ['w1', 'w2'] }))).toBe(
      undefined,
    );
  });

  test('of co-watch names what was watched, not what was only liked: the ranker counts the former', () => {
    const seeds = [
      { titleId: 'stranger', how: 'liked' as const, at: NOW },
      { titleId: 'w2', how: 'watched' as const, at: NOW - 1 },
    ];
    const given = { ...facts, query: { ...facts.query, seeds } };
    const found = (ids: readonly string[]) =>
      candidateOf('t', [{ source: SOURCE.becauseYouWatched, because: ids }]);
    expect(reasonOfTaste(['coWatch'], found(['stranger', 'w2']), given)?.text).toBe(
      'Because you watched Title w2',
    );
    expect(reasonOfTaste(['coWatch'], found(['stranger']), given)).toBeUndefined();
  });

  test('needs a habit to speak of a genre, and a finished watch to speak of a person', () => {
    const horror = candidateOf('h', [], { facts: factsOf('h', { genreIds: ['horror'] }) });
    expect(because(horror, ['genres'])).toBeUndefined();
    // The viewer gave up the one film of his that they began.
    const tati = candidateOf('c', [], {
      facts: factsOf('c', { genreIds: ['comedy'], directorIds: ['tati'] }),
    });
    expect(favourite(tati, facts)).toBeUndefined();
    expect(because(tati, ['people', 'genres'])).toBeUndefined();
  });

  test('never names a title that the viewer has not watched, or a person who has no part in the title', () => {
    const ids = fc.constantFrom('w1', 'w2', 'w3', 'w4', 'begun', 'stranger', 'gone');
    const people = fc.uniqueArray(fc.constantFrom('leone', 'eastwood', 'tati', 'nobody'), { maxLength: 3 });
    const genres = fc.uniqueArray(fc.constantFrom('western', 'horror', 'comedy', 'drama'), { maxLength: 3 });
    const source = fc.constantFrom(SOURCE.becauseYouWatched, SOURCE.similarToSeeds, SOURCE.trending);
    const candidates = fc
      .record({ seeds: fc.array(ids, { maxLength: 3 }), people, directors: people, genres, source })
      .map(({ seeds, people: personIds, directors: directorIds, genres: genreIds, source: from }) =>
        candidateOf('t', [{ source: from, because: seeds }], {
          facts: factsOf('t', { personIds, directorIds, genreIds }),
        }),
      );
    const contributions = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
      ...{ minLength: TASTE_GROUPS.length, maxLength: TASTE_GROUPS.length },
    });
    let given = 0;
    fc.assert(
      fc.property(candidates, contributions, (candidate, values) => {
        const groups = strongestGroups({ byGroup: Float64Array.from(values) });
        const reason = because(candidate, groups);
        if (reason === undefined) return;
        given++;
        for (const id of reason.titleIds) expect(WATCHED).toContain(id);
        for (const id of reason.personIds) {
          expect([...candidate.facts.directorIds, ...candidate.facts.personIds]).toContain(id);
        }
        expect(reason.titleIds.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
    expect(given).toBeGreaterThan(20);
  });
});

test('what speaks against a title, and what hardly speaks for it, is no reason for it', () => {
  const byGroup = Float64Array.from(TASTE_GROUPS, (group) =>
    group === 'genres' ? 2 : group === 'people' ? 3 : group === 'likeness' ? 0.1 : -5,
  );
  expect(strongestGroups({ byGroup })).toEqual(['people', 'genres']);
  expect(strongestGroups({ byGroup: new Float64Array(TASTE_GROUPS.length) })).toEqual([]);
});

test('every group is of columns that there are', () => {
  const columns = TASTE_COLUMNS.flat();
  expect(columns).not.toContain(-1);
  expect(new Set(columns).size).toBe(columns.length);
});
