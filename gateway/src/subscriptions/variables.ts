/** Variables for subscriptions: how many there may be, and how long they last. */
import { z } from 'zod';
import { DEFAULT_STREAM_OPTIONS, type StreamOptions } from './open-streams.ts';

const count = (fallback: number) => z.coerce.number().int().min(0).max(1_000_000).default(fallback);
const milliseconds = (fallback: number, max: number) =>
  z.coerce.number().int().min(50).max(max).default(fallback);

export const STREAM_VARIABLES = {
  /** Subscriptions at once; more are refused with OVERLOADED. 0: none. */
  MARQUEE_MAX_STREAMS: count(DEFAULT_STREAM_OPTIONS.maxStreams),
  /** Of one viewer, or of one address where nobody in particular asks. */
  MARQUEE_MAX_STREAMS_PER_VIEWER: count(DEFAULT_STREAM_OPTIONS.maxStreamsPerOwner),
  /** Of all keys of one partner together, whoever its viewers are. */
  MARQUEE_MAX_STREAMS_PER_PARTNER: count(DEFAULT_STREAM_OPTIONS.maxStreamsPerPartner),
  /** Below what stands between takes for a dead connection. */
  MARQUEE_STREAM_HEARTBEAT_MS: milliseconds(DEFAULT_STREAM_OPTIONS.heartbeatMs, 600_000),
  /** After that a stream ends and its client subscribes again: who it is, and what it may, is looked at again then. */
  MARQUEE_STREAM_MAX_AGE_MS: milliseconds(DEFAULT_STREAM_OPTIONS.maxAgeMs, 86_400_000),
  /** How long an event may wait for a client that does not read. */
  MARQUEE_STREAM_STALLED_MS: milliseconds(DEFAULT_STREAM_OPTIONS.stalledAfterMs, 600_000),
};

const variables = z.object(STREAM_VARIABLES);

export function streamConfig(given: z.infer<typeof variables>): StreamOptions {
  return {
    maxStreams: given.MARQUEE_MAX_STREAMS,
    maxStreamsPerOwner: given.MARQUEE_MAX_STREAMS_PER_VIEWER,
    maxStreamsPerPartner: given.MARQUEE_MAX_STREAMS_PER_PARTNER,
    heartbeatMs: given.MARQUEE_STREAM_HEARTBEAT_MS,
    maxAgeMs: given.MARQUEE_STREAM_MAX_AGE_MS,
    stalledAfterMs: given.MARQUEE_STREAM_STALLED_MS,
  };
}
