/** What to watch after a title. */
import type { ProfileId, TitleId } from '@marquee/domain';
import type { Deadline } from '@marquee/service-kit';
import type { ServedSlate } from '../../slates/stored-slate.ts';
import type { TitleSlateMaker } from '../../title-slates/title-slate-maker.ts';

export interface WatchNextService {
  /** Undefined for an unknown title. */
  watchNext(
    titleId: TitleId,
    viewer: { profileId?: ProfileId | undefined; deadline?: Deadline | undefined },
  ): Promise<ServedSlate | undefined>;
}

export function createWatchNextService(maker: TitleSlateMaker): WatchNextService {
  return {
    async watchNext(titleId, viewer) {
      const [slate] = await maker.make({ surface: 'watch-next', titleIds: [titleId], ...viewer });
      return slate;
    },
  };
}
