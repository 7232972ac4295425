import type { WatchedTitle } from '@marquee/profiles';
import type { WatchProgress } from '../../__generated__/resolvers-types.ts';
import type { TitleModel } from '../../mappers.ts';
import { toWatchProgress } from '../title-state/title-state.mapper.ts';

export function toWatchedTitle(entry: WatchedTitle): { title: TitleModel; progress: WatchProgress } {
  return { title: { id: entry.titleId }, progress: toWatchProgress(entry) };
}
