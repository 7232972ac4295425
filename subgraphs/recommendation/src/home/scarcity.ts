/** Why a page is empty or short, in words a client developer can act on. */
import type { Degradation } from '@marquee/domain';
import type { StoredRow } from '../slates/stored-slate.ts';
import type { HomeQuery } from './home-query.ts';

/** Eight rows of ten: what a page has where the catalogue allows. */
const FULL_PAGE = 80;

export interface ScarcityFacts {
  readonly rows: readonly StoredRow[];
  readonly catalogueSize: number;
  readonly query: Pick<HomeQuery, 'filter' | 'excludeTitleIds'>;
  /** Removals by reason. */
  readonly removed: ReadonlyMap<string, number>;
}

export function scarcityOf({ rows, catalogueSize, query, removed }: ScarcityFacts): readonly Degradation[] {
  const placed = rows.reduce((sum, row) => sum + row.items.length, 0);
  if (placed >= FULL_PAGE) return [];
  const why =
    catalogueSize === 0
      ? 'The catalogue is empty.'
      : query.filter !== undefined
        ? `The request's filter leaves ${placed} titles.`
        : query.excludeTitleIds.size > 0
          ? `${placed} titles are left without those the request excludes.`
          : `${placed} of ${catalogueSize} titles can be shown to this viewer.`;
  return [
    {
      code: placed === 0 ? 'NO_CANDIDATES' : 'FEW_CANDIDATES',
      step: 'FULL',
      component:
        catalogueSize === 0 ? 'catalogue' : query.filter !== undefined ? 'request' : mainCause(removed),
      message: why,
    },
  ];
}

function mainCause(removed: ReadonlyMap<string, number>): string {
  let cause = 'candidate-sources';
  let most = 0;
  for (const [filter, count] of removed) {
    if (count > most) {
      cause = filter;
      most = count;
    }
  }
  return cause;
}
