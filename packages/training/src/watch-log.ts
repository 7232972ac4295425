/** The part of the log that says who watched what, in the compact form that learning from all of it needs. */
import {
  type DeliveredEvent,
  type EventType,
  type ProfileId,
  QUALIFIED_WATCH_SECONDS,
  type TitleId,
} from '@marquee/domain';

/** The log from its beginning, in order, as often as it is called; `EventBus.replay` is one. */
export type Replay = (options?: {
  readonly types?: readonly EventType[];
}) => AsyncIterable<readonly DeliveredEvent[]>;

export interface Watch {
  readonly titleId: TitleId;
  /** Instant of the report that made it a qualified watch. */
  readonly at: number;
}

/** Per profile the first qualified watch of every title, in time order. */
export type WatchLog = ReadonlyMap<ProfileId, readonly Watch[]>;

/** Reads the log once, plays only. Memory: some 100 bytes per watch. */
export async function collectWatches(replay: Replay): Promise<WatchLog> {
  const watches = new Map<ProfileId, Map<TitleId, Watch>>();
  for await (const batch of replay({
    types: ['PLAY_START', 'PLAY_PROGRESS', 'PLAY_STOP', 'PROFILE_ERASED'],
  })) {
    for (const { event } of batch) {
      if (event.type === 'PROFILE_ERASED') {
        watches.delete(event.profileId);
        continue;
      }
      if (event.type !== 'PLAY_START' && event.type !== 'PLAY_PROGRESS' && event.type !== 'PLAY_STOP')
        continue;
      if ((event.payload.watchedSeconds ?? 0) <= QUALIFIED_WATCH_SECONDS) continue;
      let own = watches.get(event.profileId);
      if (own === undefined) {
        own = new Map();
        watches.set(event.profileId, own);
      }
      const { titleId } = event.payload;
      if (!own.has(titleId)) own.set(titleId, { titleId, at: event.occurredAt });
    }
  }
  const log = new Map<ProfileId, readonly Watch[]>();
  for (const [id, own] of watches)
    log.set(
      id,
      [...own.values()].sort((a, b) => a.at - b.at),
    );
  return log;
}

/** Only what happened before an instant. */
export function watchesBefore(log: WatchLog, instant: number): WatchLog {
  const earlier = new Map<ProfileId, readonly Watch[]>();
  for (const [id, watches] of log) {
    const kept = watches.filter((watch) => watch.at < instant);
    if (kept.length > 0) earlier.set(id, kept);
  }
  return earlier;
}
