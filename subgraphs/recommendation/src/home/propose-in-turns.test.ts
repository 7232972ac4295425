import type { MaturityRating } from '@marquee/domain';
import { createTitleTable } from '@marquee/features';
import { sampleTitles } from '@marquee/testkit';
import { expect, test } from 'vitest';
import { NOW, queryOf } from '../test/candidates.ts';
import { idsOf, proposeInTurns } from './propose-in-turns.ts';

const titlesOf = (count: number) =>
  createTitleTable(
    sampleTitles(count, (i) => ({ id: `t${i}`, availability: [{ from: 0 }], addedAt: NOW - i * 1_000 })),
  );

test('proposes what may be proposed, with its facts, scores falling by one', () => {
  const titles = titlesOf(6);
  const query = queryOf({ excludeTitleIds: new Set(['t1']) });
  const proposals = proposeInTurns(
    titles,
    query,
    [
      ['t0', 't1', 'gone', 't2'],
      ['t3', 't0', 't4'],
    ],
    4,
  );
  expect(proposals.map(({ id, score }) => [id, score])).toEqual([
    ['t0', 4],
    ['t3', 3],
    ['t2', 2],
    ['t4', 1],
  ]);
  for (const { id, item } of proposals) expect((item as { id: string }).id).toBe(id);
});

test('a list that was walked before knows at once what has left, changed and come', () => {
  const titles = titlesOf(4);
  const list = ['t0', 't1', 't2', 'later'];
  const ids = () => proposeInTurns(titles, queryOf(), [list], 9).map(({ id }) => id);
  expect(ids()).toEqual(['t0', 't1', 't2']);
  titles.remove(['t0']);
  titles.put(sampleTitles(1, () => ({ id: 't1', availability: [{ from: NOW + 1 }] })));
  titles.put(sampleTitles(1, () => ({ id: 'later', availability: [{ from: 0 }] })));
  expect(ids()).toEqual(['t2', 'later']);
});

test('whoever walked a list before, each viewer is proposed what their own limit allows', () => {
  const titles = createTitleTable(
    sampleTitles(3, (i) => ({
      id: `t${i}`,
      availability: [{ from: 0 }],
      maturityRating: (['G', 'R', 'PG_13'] as const)[i]!,
    })),
  );
  const list = ['t0', 't1', 't2'];
  const idsWithin = (maturityLimit?: MaturityRating) => {
    const { state } = queryOf();
    const query = queryOf({ state: { ...state, ...(maturityLimit !== undefined && { maturityLimit }) } });
    return proposeInTurns(titles, query, [list], 9).map(({ id }) => id);
  };
  for (let turn = 0; turn < 2; turn++) {
    expect(idsWithin('G')).toEqual(['t0']);
    expect(idsWithin()).toEqual(['t0', 't1', 't2']);
    expect(idsWithin('PG_13')).toEqual(['t0', 't2']);
  }
  titles.put(
    sampleTitles(1, () => ({ id: 't1', availability: [{ from: 0 }], maturityRating: 'G' as const })),
  );
  expect(idsWithin('G')).toEqual(['t0', 't1']);
});

test('the ids of a ranked list are one array, so that its titles are looked up once', () => {
  const titles = titlesOf(1);
  const entries = [
    { titleId: 't0', score: 1 },
    { titleId: 'gone', score: 0 },
  ];
  expect(idsOf(titles, entries)).toBe(idsOf(titles, entries));
  expect(idsOf(titles, entries)).toEqual(['t0', 'gone']);
});
