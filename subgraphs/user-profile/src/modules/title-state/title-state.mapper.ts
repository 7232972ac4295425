import type { TitleState, WatchProgress } from '@marquee/profiles';
import type {
  TitleViewerState as GraphqlTitleViewerState,
  WatchProgress as GraphqlWatchProgress,
} from '../../__generated__/resolvers-types.ts';

export function toTitleViewerState(state: TitleState): GraphqlTitleViewerState {
  return {
    reaction: state.reaction,
    inMyList: state.inMyList,
    hidden: state.hidden,
    progress: state.progress === undefined ? null : toWatchProgress(state.progress),
  };
}

export function toWatchProgress(progress: WatchProgress): GraphqlWatchProgress {
  return {
    positionSeconds: progress.positionSeconds,
    watchedSeconds: progress.watchedSeconds,
    lastWatchedAt: new Date(progress.lastWatchedAt).toISOString(),
  };
}
