/**
 * Which of a profile's watches the user tower sees, in the order in which training saw them: by the first time each title was watched.
 * (Training reads first qualified watches of the log; the state keeps one entry per title.)
 */
import type { TitleId } from '@marquee/domain';
import type { ProfileState } from '@marquee/features';

/** Qualified watches that were not given up, disliked or hidden; the oldest first. */
export function towerHistory(
  state: Pick<ProfileState, 'history' | 'hiddenTitleIds' | 'reactions'>,
): readonly TitleId[] {
  const hidden = new Set(state.hiddenTitleIds);
  return state.history
    .filter(
      ({ titleId, qualified, abandoned }) =>
        qualified && !abandoned && !hidden.has(titleId) && state.reactions[titleId]?.reaction !== 'DISLIKE',
    )
    .sort((a, b) => a.firstWatchedAt - b.firstWatchedAt || (a.titleId < b.titleId ? -1 : 1))
    .map(({ titleId }) => titleId);
}
