/**
 * The page below the last step of the ladder: one row of editorial titles, for when not even the fallback pipeline comes to
 * an end, be it a bug in a stage or a machine that is too busy. No stage, no deadline, a few microseconds per title.
 */
import type { TitleTable } from '@marquee/features';
import { ROW_LIMIT } from '../page/row-plan.ts';
import type { StoredRow } from '../slates/stored-slate.ts';
import type { EditorialTitles } from './editorial-titles.ts';
import { createEligibility, type EligibilityQuery } from './eligibility.ts';
import { SOURCE } from './source-names.ts';

/** Empty only where nothing in the catalogue may be shown. */
export function lastResort(
  titles: TitleTable,
  editorial: EditorialTitles,
  query: EligibilityQuery,
): readonly StoredRow[] {
  const { mayPropose } = createEligibility(titles, query);
  const titleIds = editorial.ids().filter(mayPropose).slice(0, ROW_LIMIT);
  if (titleIds.length === 0) return [];
  return [
    {
      id: 'editorial',
      kind: 'EDITORIAL',
      headline: editorial.headline,
      items: titleIds.map((titleId) => ({ titleId, propensity: 1, sources: [SOURCE.editorial] })),
    },
  ];
}
