/** Ratings as events, in order of time. */
import { setImmediate as nextTick } from 'node:timers/promises';
import {
  DEFAULT_RUNTIME_SECONDS,
  DEFAULT_SEGMENT,
  type EventPayload,
  type EventType,
  type MarqueeEvent,
} from '@marquee/domain';
import type { OnProgress } from '../progress.ts';
import { ratingBehaviour } from './rating-behaviour.ts';
import { orderByTime, type RatingColumns } from './rating-columns.ts';

export const profileIdOf = (userId: number): string => `ml-${userId}`;

export interface RatingEventsOptions {
  readonly ratings: RatingColumns;
  /** Title id per movie index. */
  readonly titleIds: readonly string[];
  /** Added to every rating's time, in milliseconds. */
  readonly shiftMs: number;
  readonly onProgress?: OnProgress;
}

const BATCH = 4_096;
const MAX_EVENTS_PER_RATING = 4;

/**
 * A user is registered by their first rating. All events of a rating carry its instant: MovieLens says when the
 * rating was given, not when the film was watched, and users rate dozens of films in a minute.
 */
export async function* ratingEvents(options: RatingEventsOptions): AsyncGenerator<MarqueeEvent[]> {
  const { ratings, titleIds, shiftMs, onProgress } = options;
  const order = orderByTime(ratings);
  const registered = new Set<number>();
  let batch: MarqueeEvent[] = [];
  for (let n = 0; n < order.length; n++) {
    const rating = order[n]!;
    const userId = ratings.user[rating]!;
    const at = ratings.seconds[rating]! * 1_000 + shiftMs;
    const titleId = titleIds[ratings.movie[rating]!]!;
    const profileId = profileIdOf(userId);
    // The place in the file is part of the id, so that importing the same file again adds nothing.
    const event = <T extends EventType>(type: T, part: string, payload: EventPayload<T>): void => {
      const envelope = {
        eventId: `${profileId}-${rating}-${part}`,
        type,
        schemaVersion: 1,
        occurredAt: at,
        receivedAt: at,
      };
      batch.push({ ...envelope, profileId, payload } as unknown as MarqueeEvent);
    };
    if (!registered.has(userId)) {
      registered.add(userId);
      event('PROFILE_REGISTERED', 'profile', { name: `MovieLens user ${userId}`, segment: DEFAULT_SEGMENT });
    }
    const { watchedFraction, reaction } = ratingBehaviour(ratings.halfStars[rating]!);
    const watchedSeconds = Math.round(watchedFraction * DEFAULT_RUNTIME_SECONDS);
    event('PLAY_START', 'start', { titleId, watchedSeconds: 0, positionSeconds: 0 });
    event('PLAY_STOP', 'stop', { titleId, watchedSeconds, positionSeconds: watchedSeconds });
    if (reaction !== undefined) event('REACTION_SET', 'reaction', { titleId, reaction });
    if (batch.length > BATCH - MAX_EVENTS_PER_RATING) {
      yield batch;
      batch = [];
      onProgress?.({ phase: 'history', done: n + 1, total: order.length, unit: 'rows' });
      await nextTick();
    }
  }
  if (batch.length > 0) yield batch;
  onProgress?.({ phase: 'history', done: order.length, total: order.length, unit: 'rows' });
}
