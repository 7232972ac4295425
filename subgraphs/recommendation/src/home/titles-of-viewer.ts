/** A viewer's titles as sets. Decides what "watched" and "to be continued" mean on the home page. */
import { ABANDONMENT_SECONDS, DAY_MS, QUALIFIED_WATCH_SECONDS } from '@marquee/domain';
import type { ProfileState, WatchEntry } from '@marquee/features';
import { guardFacts } from '../slates/viewer-guard.ts';
import type { ViewerTitles } from './home-query.ts';

/** What was left alone for longer is no longer being watched. */
const CONTINUE_WITHIN_MS = 60 * DAY_MS;
/** A title given up in its first minutes stays for a second look, then goes. */
const ABANDONED_STAYS_MS = DAY_MS;

export function titlesOfViewer(state: ProfileState, now: number): ViewerTitles {
  const { hidden, disliked } = guardFacts(state);
  const watched = new Set<string>();
  const inProgress: string[] = [];
  for (const entry of state.history) {
    if (entry.qualified || entry.completed) watched.add(entry.titleId);
    if (isInProgress(entry, now)) inProgress.push(entry.titleId);
  }
  return { hidden, disliked, watched, inProgress };
}

function isInProgress(entry: WatchEntry, now: number): boolean {
  if (entry.completed) return false;
  const seconds = Math.max(entry.positionSeconds, entry.watchedSeconds);
  if (seconds < QUALIFIED_WATCH_SECONDS) return false;
  const age = now - entry.lastWatchedAt;
  return age <= (seconds < ABANDONMENT_SECONDS ? ABANDONED_STAYS_MS : CONTINUE_WITHIN_MS);
}
