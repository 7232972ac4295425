/**
 * Brings a catalogue or a history into an installation that runs. Its workers do the work, as with everything that comes
 * in: this puts titles into the system of record, events into the log, and waits until the workers have handled them.
 *
 * The log itself knows the event ids of the last minutes only, and consumers count an older repetition again. So what the
 * log holds is read first, and of the file only what is new is published: a file may be imported again, or its import
 * finished after an interruption.
 */

import type { Clock, MarqueeEvent } from '@marquee/domain';
import type { EventBus, LogPosition, PublishAck } from '@marquee/event-bus';
import { loadTitleTable, MATERIALISER_CONSUMER } from '@marquee/features';
import { type FileImportOptions, importCatalogue, importEvents } from '@marquee/importers';
import { RANKING_MODEL_KEY } from '@marquee/model-runtime';
import { PROFILE_PROJECTOR } from '@marquee/profiles';
import { type Logger, MarqueeError, startAll, stopAll } from '@marquee/service-kit';
import type { Progress } from '../cli/progress.ts';
import type { DistributedConfig } from '../config.ts';
import { distributedBroadcast, distributedDeps, type MarqueeDeps } from '../deps.ts';
import { publishHistory, putTitles } from '../world/world-additions.ts';

export interface InstallationImport {
  readonly servers: DistributedConfig;
  readonly what: 'catalogue' | 'events';
  readonly options: FileImportOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
  /** Workers that handle nothing for so long are not waited for. Default 30 s. */
  readonly stalledAfterMs?: number;
}

export interface ImportedIntoInstallation {
  /** Titles put, or events added to the log. */
  readonly added: number;
  /** Events of the file that the log had already. */
  readonly known: number;
  readonly rejected: number;
  /** False: what was added is safe in the log, and the workers handle it when they run. */
  readonly handled: boolean;
}

/** Some 100 bytes each while the import runs. */
const MAX_KNOWN_EVENTS = 10_000_000;
const REPLAY_BATCH = 10_000;
const LOOK_EVERY_MS = 500;

/** @throws MarqueeError NOT_FOUND for an installation that was never filled; what the importers and the ports throw. */
export async function importIntoInstallation(work: InstallationImport): Promise<ImportedIntoInstallation> {
  await requireFilled(work);
  const { servers, clock, logger, progress } = work;
  const deps = distributedDeps({ servers, clock, logger, rankerThreads: 1 });
  const projections = [PROFILE_PROJECTOR, MATERIALISER_CONSUMER].map((name) => deps.bus.progressOf(name));
  const components = [...(deps.connections ?? []), deps.catalogue, deps.bus, ...projections];
  await startAll(components, logger);
  try {
    const imported = work.what === 'catalogue' ? await addTitles(deps, work) : await addEvents(deps, work);
    const handled = await handledByWorkers(deps.bus, projections, imported.places, work);
    const { added, known, rejected } = imported;
    return { added, known, rejected, handled };
  } finally {
    progress.end();
    await stopAll(components, logger, 20_000);
  }
}

async function requireFilled({ servers, logger }: InstallationImport): Promise<void> {
  const broadcast = distributedBroadcast({ servers, logger });
  await broadcast.start();
  try {
    if ((await broadcast.get(RANKING_MODEL_KEY)) !== undefined) return;
  } finally {
    await broadcast.stop();
  }
  throw new MarqueeError('NOT_FOUND', 'the installation has not been filled; run its prepare job first');
}

interface Added {
  readonly added: number;
  readonly known: number;
  readonly rejected: number;
  /** The last of each partition. */
  readonly places: ReadonlyMap<number, LogPosition>;
}

async function addTitles(deps: MarqueeDeps, work: InstallationImport): Promise<Added> {
  const imported = await importCatalogue(work.options);
  // Every process that knows the catalogue hears of it through the log.
  const added = await putTitles(deps, { batches: imported.batches }, work);
  return { added, known: 0, rejected: imported.rejected(), places: new Map() };
}

async function addEvents(deps: MarqueeDeps, work: InstallationImport): Promise<Added> {
  const { progress, options } = work;
  const titles = await loadTitleTable(deps.catalogue);
  const imported = await importEvents({ ...options, knowsTitle: (id) => titles.has(id) });
  progress.phase('events that the log has already');
  const inLog = await eventIdsOf(deps.bus, work);
  const places = new Map<number, LogPosition>();
  const onAcknowledged = (acks: readonly PublishAck[]): void => {
    for (const { partition, sequence, spooled } of acks) {
      if (spooled) {
        throw new MarqueeError(
          'DEPENDENCY_UNAVAILABLE',
          'NATS went away; what was accepted is safe. Import the file again when it is back',
        );
      }
      if (sequence > (places.get(partition)?.sequence ?? 0)) places.set(partition, { partition, sequence });
    }
  };
  let known = 0;
  async function* newEvents(): AsyncGenerator<readonly MarqueeEvent[]> {
    for await (const batch of imported.batches) {
      const fresh: MarqueeEvent[] = [];
      for (const event of batch) {
        if (inLog.has(event.eventId)) known++;
        else fresh.push(event);
        inLog.add(event.eventId);
      }
      if (fresh.length > 0) yield fresh;
    }
  }
  const history = await publishHistory(deps, { batches: newEvents() }, { ...work, onAcknowledged });
  return {
    added: history.events,
    known: known + history.duplicates,
    rejected: imported.rejected(),
    places,
  };
}

async function eventIdsOf(bus: EventBus, { progress, signal }: InstallationImport): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const batch of bus.replay({ batchSize: REPLAY_BATCH })) {
    signal?.throwIfAborted();
    for (const { event } of batch) ids.add(event.eventId);
    if (ids.size > MAX_KNOWN_EVENTS) {
      const message = `the log holds more than ${MAX_KNOWN_EVENTS} events: too many to tell which of the file are new`;
      throw new MarqueeError('OVERLOADED', message);
    }
    progress.update(ids.size);
  }
  return ids;
}

/** True when the workers have come to all of these places; false when they handle nothing any more. */
async function handledByWorkers(
  bus: EventBus,
  projections: readonly ReturnType<EventBus['progressOf']>[],
  places: ReadonlyMap<number, LogPosition>,
  { progress, signal, stalledAfterMs = 30_000 }: InstallationImport,
): Promise<boolean> {
  if (places.size === 0) return true;
  progress.phase('profiles and features', projections.length * places.size);
  const reached = () =>
    projections.flatMap((projection) =>
      Array.from({ length: bus.partitions }, (_, partition) => projection.reached(partition)),
    );
  let moved = performance.now();
  let before = reached();
  for (;;) {
    signal?.throwIfAborted();
    const waits = projections.flatMap((projection) =>
      [...places.values()].map((at) => projection.settled(at, LOOK_EVERY_MS)),
    );
    const settled = (await Promise.all(waits)).filter(Boolean).length;
    progress.update(settled);
    if (settled === waits.length) return true;
    const now = reached();
    if (now.some((position, i) => position > before[i]!)) moved = performance.now();
    before = now;
    if (performance.now() - moved > stalledAfterMs) return false;
  }
}
