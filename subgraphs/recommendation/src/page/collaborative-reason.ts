/** "Because you watched A and B": the watches that a collaborative score is made of, as the model itself accounts for them. */
import type { Reason, TitleId } from '@marquee/domain';
import type { HomeQuery } from '../home/home-query.ts';
import type { PageInput } from './page-input.ts';

/** A watch is named when at least this much of the score is its share: most scores have many small causes. */
const LEAST_SHARE = 0.2;
const MAX_NAMED = 2;

export function collaborativeReason(
  { query, titleOf }: Pick<PageInput, 'titleOf'> & { readonly query: Pick<HomeQuery, 'collaborativeTaste'> },
  id: TitleId,
): Reason | undefined {
  const taste = query.collaborativeTaste;
  const score = taste?.score(id) ?? 0;
  if (taste === undefined || !(score > 0)) return undefined;
  const named = taste
    .contributions(id)
    .slice(0, MAX_NAMED)
    .filter(({ share }) => share >= LEAST_SHARE * score);
  const names = named.map(({ titleId }) => titleOf(titleId)?.name);
  // A title that left the catalogue cannot be named, and naming the next one instead would not be the reason.
  if (names.length === 0 || names.includes(undefined)) return undefined;
  return {
    text: `Because you watched ${names.join(' and ')}`,
    titleIds: named.map(({ titleId }) => titleId),
    personIds: [],
  };
}
