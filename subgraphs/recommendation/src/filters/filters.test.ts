import { DAY_MS } from '@marquee/domain';
import { emptyProfileState, type ProfileState } from '@marquee/features';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type HomeCandidate, newCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';
import { candidateOf, factsOf, NOW, queryOf, rankedLists } from '../test/candidates.ts';
import { alreadyWatchedFilter } from './already-watched.filter.ts';
import { dislikedFilter } from './disliked.filter.ts';
import { excludedFilter } from './excluded.filter.ts';
import { frequencyCapFilter } from './frequency-cap.filter.ts';
import { hiddenFilter } from './hidden.filter.ts';
import { maturityFilter } from './maturity.filter.ts';
import { requestFilter } from './request.filter.ts';
import { unavailableFilter } from './unavailable.filter.ts';
import { unknownTitleFilter } from './unknown-title.filter.ts';

const FILTERS = [
  unknownTitleFilter,
  hiddenFilter,
  dislikedFilter,
  excludedFilter,
  alreadyWatchedFilter,
  maturityFilter,
  unavailableFilter,
  requestFilter,
  frequencyCapFilter,
];

function stateOf(parts: Partial<ProfileState>): ProfileState {
  return { ...emptyProfileState(), ...parts };
}

function watched(titleId: string): ProfileState['history'][number] {
  return {
    titleId,
    firstWatchedAt: NOW - DAY_MS,
    lastWatchedAt: NOW - DAY_MS,
    watchedSeconds: 6_000,
    positionSeconds: 6_000,
    completed: true,
    qualified: true,
    playbackStartedAt: NOW - DAY_MS,
    playbackSeconds: 6_000,
    abandoned: false,
  };
}

const SEEN_OFTEN = { count: 20, lastAt: NOW - DAY_MS };
const state = stateOf({
  maturityLimit: 'PG',
  hiddenTitleIds: ['t1', 't5'],
  reactions: { t2: { reaction: 'DISLIKE', at: NOW }, t3: { reaction: 'LIKE', at: NOW } },
  history: [watched('t4')],
  impressions: { t6: SEEN_OFTEN, t7: SEEN_OFTEN },
});

test.each(FILTERS)(
  '$name keeps or removes with a reason: nothing is lost or changed, order stays',
  (filter) => {
    fc.assert(
      fc.property(rankedLists, (list) => {
        const query = queryOf({ state, filter: { releasedFrom: 1980 }, excludeTitleIds: new Set(['t9']) });
        const { kept, removed } = filter.filter(query, list);
        expect(kept).toEqual(list.filter((candidate) => kept.includes(candidate)));
        expect(new Set([...kept, ...removed.map(({ candidate }) => candidate)])).toEqual(new Set(list));
        expect(kept.length + removed.length).toBe(list.length);
        for (const { reason } of removed) expect(reason).not.toBe('');
      }),
    );
  },
);

describe('what is removed', () => {
  const keptBy = (
    filter: (typeof FILTERS)[number],
    candidates: readonly HomeCandidate[],
    parts: Partial<HomeQuery> = {},
  ): string[] => filter.filter(queryOf({ state, ...parts }), candidates).kept.map(({ id }) => id);

  test('hidden, disliked, excluded and unknown titles', () => {
    const list = ['t1', 't2', 't3'].map((id) => candidateOf(id));
    expect(keptBy(hiddenFilter, list)).toEqual(['t2', 't3']);
    expect(keptBy(dislikedFilter, list)).toEqual(['t1', 't3']);
    expect(keptBy(excludedFilter, list, { excludeTitleIds: new Set(['t3']) })).toEqual(['t1', 't2']);
    const gone = newCandidate({ id: 'gone', provenance: [] }, undefined);
    expect(keptBy(unknownTitleFilter, [...list, gone])).toEqual(['t1', 't2', 't3']);
  });

  test('titles above the limit, and unrated ones where there is a limit below R', () => {
    const list = (['G', 'PG', 'PG_13', 'R', 'NC_17', 'NOT_RATED'] as const).map((maturityRating) =>
      candidateOf(maturityRating, [{}], { facts: factsOf(maturityRating, { maturityRating }) }),
    );
    expect(keptBy(maturityFilter, list)).toEqual(['G', 'PG']);
    expect(maturityFilter.applies?.(queryOf())).toBe(false);
  });

  test('titles not available now, or not here', () => {
    const at = (id: string, availability: Parameters<typeof factsOf>[1]) =>
      candidateOf(id, [{}], { facts: factsOf(id, availability) });
    const list = [
      at('now', { availability: [{ from: NOW }] }),
      at('later', { availability: [{ from: NOW + 1 }] }),
      at('over', { availability: [{ from: 0, to: NOW }] }),
      at('elsewhere', { availability: [{ from: 0, regions: ['SE'] }] }),
      at('never', { availability: [] }),
    ];
    expect(keptBy(unavailableFilter, list)).toEqual(['now']);
    expect(keptBy(unavailableFilter, list, { state: stateOf({ region: 'SE' }) })).toEqual([
      'now',
      'elsewhere',
    ]);
  });

  test('watched titles, unless a row is about known titles', () => {
    const list = [
      candidateOf('t4', [{ source: SOURCE.trending }]),
      candidateOf('t8', [{ source: SOURCE.trending }]),
    ];
    expect(keptBy(alreadyWatchedFilter, list)).toEqual(['t8']);
    for (const source of [SOURCE.watchAgain, SOURCE.continueWatching, SOURCE.myList]) {
      const again = candidateOf('t4', [{ source: SOURCE.trending }, { source }]);
      expect(keptBy(alreadyWatchedFilter, [again])).toEqual(['t4']);
    }
  });

  test('titles shown often without a play, but not saved ones, and never more than a quarter', () => {
    const others = Array.from({ length: 10 }, (_, i) => candidateOf(`other${i}`));
    const list = [candidateOf('t6'), candidateOf('t7', [{ source: SOURCE.myList }]), ...others];
    expect(keptBy(frequencyCapFilter, list)).toEqual(['t7', ...others.map(({ id }) => id)]);
    expect(keptBy(frequencyCapFilter, [candidateOf('t6')])).toEqual(['t6']);
    const rested = stateOf({ impressions: { t6: { count: 20, lastAt: NOW - 15 * DAY_MS } } });
    expect(keptBy(frequencyCapFilter, list, { state: rested })).toContain('t6');
  });
});
