/**
 * What a report of a playback changes in the history, and what it is worth.
 *
 * A title counts once per profile and **playback day**, the 24 hours from the first report of a playback. Every
 * report is turned into the value of the playback so far; what is added to taste and counters is the difference
 * to the value before. So heartbeats, pauses, resumes and reports that arrive twice or out of order add up to
 * the same as one report at the end.
 */
import {
  ABANDONMENT_SECONDS,
  COMPLETED_FRACTION,
  DAY_MS,
  DEFAULT_RUNTIME_SECONDS,
  QUALIFIED_WATCH_SECONDS,
} from '@marquee/domain';
import type { PlayEvent } from '../materialiser/materialiser.ts';
import type { TitleFacts } from '../title-table.ts';
import type { WatchEntry } from '../views/profile-state.view.ts';

/** Taste weight of a qualified watch: this much for passing the mark, the rest by the share watched. */
const QUALIFIED_BASE = 0.25;
const ABANDONED_VALUE = -0.3;

export interface PlaybackChange {
  readonly entry: WatchEntry;
  /** Taste value of the current playback day, before and after the report. */
  readonly valueBefore: number;
  readonly valueAfter: number;
  /** 1 when the current playback day became a qualified watch with this report. */
  readonly watches: number;
  /** 1 when the title became completed with this report. */
  readonly completions: number;
  /** 1 when the playback became an abandonment, -1 when it went on after all. */
  readonly abandonments: number;
  /** True when the title had never been watched this far by this profile. */
  readonly firstQualified: boolean;
}

export function reportPlayback(
  previous: WatchEntry | undefined,
  event: PlayEvent,
  title: TitleFacts | undefined,
): PlaybackChange {
  const { occurredAt: at, payload } = event;
  const runtimeMinutes = title?.runtimeMinutes ?? 0;
  const runtime = runtimeMinutes > 0 ? runtimeMinutes * 60 : DEFAULT_RUNTIME_SECONDS;
  const sameDay = previous !== undefined && at < previous.playbackStartedAt + DAY_MS;
  const current = sameDay ? previous : undefined;

  const playbackSeconds = Math.max(current?.playbackSeconds ?? 0, payload.watchedSeconds ?? 0);
  const watchedSeconds = Math.max(previous?.watchedSeconds ?? 0, playbackSeconds);
  const playhead =
    payload.positionSeconds ?? Math.max(previous?.positionSeconds ?? 0, payload.watchedSeconds ?? 0);
  const isLatest = previous === undefined || at >= previous.lastWatchedAt;
  const completed =
    previous?.completed === true || Math.max(playhead, watchedSeconds) >= COMPLETED_FRACTION * runtime;
  const stoppedEarly =
    event.type === 'PLAY_STOP' &&
    payload.watchedSeconds !== undefined &&
    watchedSeconds < ABANDONMENT_SECONDS &&
    runtime > ABANDONMENT_SECONDS;
  const abandoned =
    !completed && playbackSeconds < ABANDONMENT_SECONDS && (stoppedEarly || current?.abandoned === true);

  const qualifies = playbackSeconds > QUALIFIED_WATCH_SECONDS;
  const qualified = previous?.qualified === true || qualifies;
  return {
    entry: {
      titleId: payload.titleId,
      firstWatchedAt: Math.min(previous?.firstWatchedAt ?? at, at),
      lastWatchedAt: Math.max(previous?.lastWatchedAt ?? at, at),
      watchedSeconds,
      positionSeconds: isLatest ? playhead : previous.positionSeconds,
      completed,
      qualified,
      playbackStartedAt: current?.playbackStartedAt ?? at,
      playbackSeconds,
      abandoned,
    },
    valueBefore: current === undefined ? 0 : worth(current.playbackSeconds, current.abandoned, runtime),
    valueAfter: worth(playbackSeconds, abandoned, runtime),
    watches:
      qualifies && !(current !== undefined && current.playbackSeconds > QUALIFIED_WATCH_SECONDS) ? 1 : 0,
    completions: completed && previous?.completed !== true ? 1 : 0,
    abandonments: Number(abandoned) - Number(current?.abandoned === true),
    firstQualified: qualified && previous?.qualified !== true,
  };
}

function worth(seconds: number, abandoned: boolean, runtime: number): number {
  if (abandoned) return ABANDONED_VALUE;
  if (seconds <= QUALIFIED_WATCH_SECONDS) return 0;
  return QUALIFIED_BASE + (1 - QUALIFIED_BASE) * Math.min(1, seconds / runtime);
}
