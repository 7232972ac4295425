/** "Because you watched …": the words and the title they rest on. */
import type { Reason, TitleId } from '@marquee/domain';
import type { HomeQuery } from '../home/home-query.ts';
import type { PageInput } from './page-input.ts';

export function seedReason(
  { query, titleOf }: Pick<PageInput, 'titleOf'> & { readonly query: Pick<HomeQuery, 'seeds'> },
  seedId: TitleId,
): Reason | undefined {
  const seed = query.seeds.find(({ titleId }) => titleId === seedId);
  const facts = titleOf(seedId);
  if (seed === undefined || facts === undefined) return undefined;
  return {
    text: `Because you ${seed.how === 'liked' ? 'liked' : 'watched'} ${facts.name}`,
    titleIds: [seedId],
    personIds: [],
  };
}
