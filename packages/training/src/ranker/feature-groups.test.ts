import { RANKING_COLUMNS } from '@marquee/features';
import { expect, it } from 'vitest';
import { FEATURE_GROUPS } from './feature-groups.ts';

it('every column of the ranker is in exactly one group', () => {
  expect(Object.values(FEATURE_GROUPS).flat().sort()).toEqual([...RANKING_COLUMNS].sort());
});
