/**
 * Fills a world: titles into the catalogue, history through the event bus, projections, and what is learned from
 * the whole history at once. A new world and an import into one that serves already take the same path. Every step
 * can be repeated, so an interrupted import is finished by running it again.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as nextTick } from 'node:timers/promises';
import type { CatalogueBatch } from '@marquee/catalogue';
import { CATALOGUE_PARTITION, EVENT_SCHEMA_VERSION, type MarqueeEvent, type Title } from '@marquee/domain';
import { caughtUp, MAX_PUBLISH_BATCH } from '@marquee/event-bus';
import { createFeatureMaterializer } from '@marquee/feature-materializer';
import { createTitleFollower, createVectorFollower } from '@marquee/features';
import { createProfileProjector } from '@marquee/profile-projector';
import { MarqueeError, startAll, stopAll } from '@marquee/service-kit';
import type { Progress } from '../cli/progress.ts';
import { type MarqueeDeps, portComponents } from '../deps.ts';
import { deriveModels } from './derive-models.ts';

/** How long the projections may take after the last event was published. */
const SETTLE_MS = 300_000;
const MATERIALISER_BATCH = 10_000;

export interface WorldAdditions {
  readonly catalogue?: { readonly batches: AsyncIterable<CatalogueBatch>; readonly expected?: number };
  readonly events?: {
    readonly batches: AsyncIterable<readonly MarqueeEvent[]> | Iterable<readonly MarqueeEvent[]>;
    readonly expected?: number;
  };
}

export interface FilledWorld {
  /** Put by this run. */
  readonly titles: number;
  /** Added to the log by this run. */
  readonly events: number;
  /** Events that were in the log already. */
  readonly duplicates: number;
  /** Name of the model's folder. */
  readonly model: string;
  readonly totals: { readonly titles: number; readonly profiles: number; readonly events: number };
}

export interface FillOptions {
  readonly folder: string;
  readonly seed: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/**
 * @param deps adapters on the world's folder; started here and stopped again, also on failure.
 * @throws what a port throws; the signal's reason when aborted.
 */
export async function fillWorld(
  deps: MarqueeDeps,
  additions: WorldAdditions,
  options: FillOptions,
): Promise<FilledWorld> {
  const { progress } = options;
  const started = [...portComponents(deps)];
  await startAll(started, deps.logger);
  try {
    const titles = await putTitles(deps, additions.catalogue, options);
    const projector = createProfileProjector(deps);
    const materializer = createFeatureMaterializer(deps, {
      refreshEveryMs: 0,
      batchSize: MATERIALISER_BATCH,
    });
    for (const component of [
      createTitleFollower(deps),
      createVectorFollower(deps),
      projector,
      materializer,
    ]) {
      await component.start();
      started.push(component);
    }
    const { events, duplicates } = await publishHistory(deps, additions.events, options);

    progress.phase('profiles and features');
    if (!(await caughtUp(deps.bus, [projector, materializer], SETTLE_MS))) {
      throw new MarqueeError(
        'DEADLINE_EXCEEDED',
        'the history was not projected in time; see the log, then run it again',
      );
    }
    options.signal?.throwIfAborted();
    const { model } = await deriveModels(deps, {
      modelsFolder: join(options.folder, 'models'),
      seed: options.seed,
      progress,
      signal: options.signal,
    });
    await materializer.refreshLists();
    progress.phase('saving');
    await deps.store.flush();
    progress.end();
    return {
      titles,
      events,
      duplicates,
      model,
      totals: {
        titles: deps.titles.size,
        profiles: await deps.profiles.count(),
        events: await deps.bus.lastSequence(),
      },
    };
  } finally {
    await stopAll(started, deps.logger, 20_000);
  }
}

async function putTitles(
  deps: MarqueeDeps,
  catalogue: WorldAdditions['catalogue'],
  { progress, signal }: FillOptions,
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

async function publishHistory(
  deps: MarqueeDeps,
  history: WorldAdditions['events'],
  { progress, signal }: FillOptions,
): Promise<{ events: number; duplicates: number }> {
  let events = 0;
  let duplicates = 0;
  if (history === undefined) return { events, duplicates };
  progress.phase('history', history.expected);
  for await (const batch of history.batches) {
    for (let i = 0; i < batch.length; i += MAX_PUBLISH_BATCH) {
      signal?.throwIfAborted();
      for (const ack of await deps.bus.publish(batch.slice(i, i + MAX_PUBLISH_BATCH))) {
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
