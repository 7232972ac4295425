/** The log from a place on, once, in order. */
import type { NatsLink } from '@marquee/coordination/nats-connection';
import type { DeliveredEvent, EventType } from '@marquee/domain';
import type { Logger } from '@marquee/service-kit';
import { ephemeralConsumer } from './consumer-declarations.ts';
import { decodeAll } from './event-codec.ts';
import type { EventStream } from './event-stream.ts';
import { PullReader } from './pull-reader.ts';
import { readThrough } from './read-through.ts';
import type { Subjects } from './subjects.ts';

export interface ReplayParts {
  readonly link: NatsLink;
  readonly stream: EventStream;
  readonly subjects: Subjects;
  readonly logger: Logger;
}

export interface ReplaySelection {
  readonly afterSequence?: number;
  readonly types?: readonly EventType[];
  readonly batchSize?: number;
}

/** Events of versions that are not known here are left out, and logged. */
export function replay(
  parts: ReplayParts,
  selection: ReplaySelection,
): AsyncIterable<readonly DeliveredEvent[]> {
  // Asked now, not when the first batch is: up to the time of the call.
  const end = parts.stream.lastSequence();
  end.catch(() => undefined);
  return batches(parts, selection, end);
}

async function* batches(
  { link, subjects, logger }: ReplayParts,
  { afterSequence = 0, types, batchSize = 1_000 }: ReplaySelection,
  end: Promise<number>,
): AsyncGenerator<readonly DeliveredEvent[]> {
  const upTo = await end;
  if (afterSequence >= upTo) return;
  const wanted = types === undefined ? undefined : new Set<string>(types);
  const filter = subjects.ofPartition(undefined, types);
  const reader = new PullReader({
    link,
    stream: subjects.events,
    batchSize: 1_000,
    logger,
    open: ({ taken }) => ephemeralConsumer(link, subjects.events, filter, Math.max(taken, afterSequence)),
  });
  let batch: DeliveredEvent[] = [];
  for await (const messages of readThrough(reader, upTo)) {
    const ours = messages.filter(({ subject }) => wanted?.has(subjects.addressOf(subject).type) ?? true);
    for (const decoded of await decodeAll(ours)) {
      const { sequence } = decoded.message;
      if ('unknown' in decoded) {
        logger.warn({ sequence, reason: decoded.unknown }, 'an event is left out of a replay');
        continue;
      }
      batch.push({ sequence, event: decoded.event });
      if (batch.length < batchSize) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
