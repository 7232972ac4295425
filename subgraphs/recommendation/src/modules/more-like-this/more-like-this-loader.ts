/** "More like this" for all titles of a request at once: a page of twenty titles costs the reads of one. */
import type { TitleId } from '@marquee/domain';
import type { RequestContext } from '@marquee/service-kit/subgraph';
import DataLoader from 'dataloader';
import type { ServedSlate } from '../../slates/stored-slate.ts';
import type { TitleSlateMaker } from '../../title-slates/title-slate-maker.ts';

export type MoreLikeThisLoader = DataLoader<TitleId, ServedSlate | undefined>;

const MAX_TITLES_PER_BATCH = 100;

export function createMoreLikeThisLoader(
  maker: TitleSlateMaker,
  request: RequestContext,
): MoreLikeThisLoader {
  return new DataLoader(
    (titleIds) =>
      maker.make({
        surface: 'more-like-this',
        titleIds,
        profileId: request.viewer?.profileId,
        deadline: request.deadline,
      }),
    { maxBatchSize: MAX_TITLES_PER_BATCH },
  );
}
