import { describe, expect, it } from 'vitest';
import { keyOf, type LedgerEntry } from '../faults/event-ledger.ts';
import { countOf, isExact } from './count.ts';

const deed = (titleId: string) => ({ profileId: 'ada', kind: 'IMPRESSION', titleId }) as const;
const entry = (...titleIds: string[]): LedgerEntry => ({
  deeds: titleIds.map(deed),
  ...{ sentAt: 0, tries: 1, acknowledged: true, failures: [] },
});
const NONE = {
  ...{ sent: 2, acknowledged: 2, lost: 0, recovered: 0 },
  ...{ storedTwice: 0, countedTwice: 0, unreflected: 0 },
};
const rows = (...counts: [string, number][]) => new Map(counts.map(([id, n]) => [keyOf(deed(id)), n]));

describe('a campaign is exact', () => {
  it('when what was accepted is in the lake and in the features, once', () => {
    expect(isExact(countOf([entry('a', 'b')], NONE, rows(['a', 1], ['b', 1])))).toBe(true);
  });

  it.each([
    ['a row of the lake is missing', NONE, rows(['a', 1])],
    ['a row of the lake is there twice', NONE, rows(['a', 1], ['b', 2])],
    ['an event was lost', { ...NONE, lost: 1 }, rows(['a', 1], ['b', 1])],
    ['a feature does not have it', { ...NONE, unreflected: 1 }, rows(['a', 1], ['b', 1])],
    ['a feature counts it twice', { ...NONE, countedTwice: 1 }, rows(['a', 1], ['b', 1])],
    ['nothing was accepted', { ...NONE, acknowledged: 0 }, rows()],
  ])('not when %s', (_, counts, lake) => {
    expect(isExact(countOf([entry('a', 'b')], counts, lake))).toBe(false);
  });

  it('counts what the log has although nobody was told so', () => {
    const counts = { ...NONE, acknowledged: 1, recovered: 1 };
    expect(countOf([entry('a', 'b')], counts, rows(['a', 1], ['b', 1]))).toMatchObject({
      accepted: 2,
      inLake: 2,
      inFeatures: 2,
    });
  });
});
