/** What is added to a world or to an installation: titles into the system of record, history into the log. */
import { createHash } from 'node:crypto';
import { setImmediate as nextTick } from 'node:timers/promises';
import type { CatalogueBatch } from '@marquee/catalogue';
import { CATALOGUE_PARTITION, EVENT_SCHEMA_VERSION, type MarqueeEvent, type Title } from '@marquee/domain';
import { MAX_PUBLISH_BATCH, type PublishAck } from '@marquee/event-bus';
import type { Progress } from '../cli/progress.ts';
import type { MarqueeDeps } from '../deps.ts';

export interface WorldAdditions {
  readonly catalogue?: { readonly batches: AsyncIterable<CatalogueBatch>; readonly expected?: number };
  readonly events?: {
    readonly batches: AsyncIterable<readonly MarqueeEvent[]> | Iterable<readonly MarqueeEvent[]>;
    readonly expected?: number;
  };
}

export interface AdditionOptions {
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/** @returns how many there were. Where there is a catalogue already, what changes is announced in the log. */
export async function putTitles(
  deps: Pick<MarqueeDeps, 'catalogue' | 'bus' | 'clock'>,
  catalogue: WorldAdditions['catalogue'],
  { progress, signal }: AdditionOptions,
): Promise<number> {
  if (catalogue === undefined) return 0;
  // Only a recommender that knows an older catalogue has to be told what changed.
  const announce = (await deps.catalogue.count()) > 0;
  progress.phase('titles', catalogue.expected);
  let count = 0;
  for await (const batch of catalogue.batches) {
    signal?.throwIfAborted();
    await deps.catalogue.put(batch);
    const titles = batch.titles ?? [];
    if (announce) await deps.bus.publish(titles.map((title) => titleChanged(title, deps.clock.now())));
    count += titles.length;
    progress.update(count);
    await nextTick();
  }
  return count;
}

/** Counts what was added to the log and what it had already. */
export async function publishHistory(
  deps: Pick<MarqueeDeps, 'bus'>,
  history: WorldAdditions['events'],
  {
    progress,
    signal,
    onAcknowledged,
  }: AdditionOptions & {
    /** Told after every publish; what it throws ends the import. */
    readonly onAcknowledged?: (acks: readonly PublishAck[]) => void;
  },
): Promise<{ events: number; duplicates: number }> {
  let events = 0;
  let duplicates = 0;
  if (history === undefined) return { events, duplicates };
  progress.phase('history', history.expected);
  for await (const batch of history.batches) {
    for (let i = 0; i < batch.length; i += MAX_PUBLISH_BATCH) {
      signal?.throwIfAborted();
      const acks = await deps.bus.publish(batch.slice(i, i + MAX_PUBLISH_BATCH));
      onAcknowledged?.(acks);
      for (const ack of acks) {
        if (ack.duplicate) duplicates++;
        else events++;
      }
      progress.update(events + duplicates);
    }
    // Lets Ctrl-C in, and the projections keep up, between batches.
    await nextTick();
  }
  return { events, duplicates };
}

/** The id depends on what the title says, so that an unchanged title imported again is a duplicate. */
function titleChanged(title: Title, now: number): MarqueeEvent {
  const digest = createHash('sha256').update(JSON.stringify(title)).digest('base64url').slice(0, 22);
  return {
    eventId: `title-changed:${digest}`,
    type: 'TITLE_CHANGED',
    schemaVersion: EVENT_SCHEMA_VERSION,
    occurredAt: now,
    receivedAt: now,
    profileId: CATALOGUE_PARTITION,
    payload: { titleId: title.id },
  };
}
