/**
 * A version of the collaborative model from the log's watches, as a folder that is either complete or not there.
 *
 * The ranker's examples need scores of a model that has not seen their labels, so an earlier one, of what happened
 * before the examples, is trained as well. The same one is measured on what came after it: two trainings serve three uses.
 */
import { COLLABORATIVE_HISTORY } from '@marquee/features';
import type { CoWatchNeighbours } from '../co-watch.ts';
import { json, sha256, writeVersionFolder } from '../model-folder.ts';
import type { WatchLog } from '../watch-log.ts';
import {
  COLLABORATIVE_NAME,
  type CollaborativeManifest,
  collaborativeManifestSchema,
  FACTORS_FILE,
} from './collaborative-manifest.ts';
import { type CollaborativeModel, createCollaborativeModel } from './collaborative-model.ts';
import { type FactoriseWatchesOptions, factoriseWatches } from './factorise-watches.ts';
import { encodeFactors } from './factors-codec.ts';
import { type CollaborativeMeasurement, measureCollaborative } from './measure-collaborative.ts';
import { SERVED_INPUT, SERVED_VIEWS } from './read-collaborative-folder.ts';

/** What was known before the ranker's examples begin. */
export interface CollaborativePast {
  readonly past: WatchLog;
  readonly neighbours: CoWatchNeighbours;
  readonly from: number;
}

export interface PastCollaborative {
  readonly model: CollaborativeModel;
  readonly measurement: CollaborativeMeasurement;
}

/** The model of the past, for the ranker's examples; undefined where the past is too small. */
export async function trainPastCollaborative(
  watches: WatchLog,
  { past, neighbours, from }: CollaborativePast,
  options: FactoriseWatchesOptions,
): Promise<PastCollaborative | undefined> {
  const trained = await factoriseWatches(past, options);
  if (trained === undefined) return undefined;
  const model = createCollaborativeModel(trained.factors);
  return {
    model,
    measurement: measureCollaborative({ model, neighbours, past, watches, from, seed: options.seed }),
  };
}

export interface ReleaseCollaborativeOptions extends FactoriseWatchesOptions {
  /** Instant of the training, epoch milliseconds; part of the version. */
  readonly now: number;
  /** Version it follows. */
  readonly parent?: string | null;
}

export interface CollaborativeRelease {
  /** Trained watches and profiles, of the log's. */
  readonly watches: number;
  readonly profiles: number;
  /**
   * Writes the version, as often as it is wanted.
   * @param metrics of the manifest
   * @param evaluation how they were come by
   * @returns its folder, `<folder>/collaborative-<version>`
   */
  write(
    folder: string,
    metrics?: Readonly<Record<string, number>>,
    evaluation?: Readonly<Record<string, unknown>>,
  ): Promise<string>;
}

/** @returns undefined for a log that is too small. @throws as `factoriseWatches` */
export async function releaseCollaborative(
  watches: WatchLog,
  options: ReleaseCollaborativeOptions,
): Promise<CollaborativeRelease | undefined> {
  const trained = await factoriseWatches(watches, options);
  if (trained === undefined) return undefined;
  const { factors, profiles } = trained;
  const bytes = encodeFactors(factors);
  const instant = (epoch: number): string => new Date(epoch).toISOString();
  const manifest: CollaborativeManifest = collaborativeManifestSchema.parse({
    formatVersion: 1,
    name: COLLABORATIVE_NAME,
    version: instant(options.now).replace(/[-:]/g, '').replace(/\..*$/, 'Z'),
    createdAt: instant(options.now),
    algorithm: 'ials',
    input: SERVED_INPUT,
    featureViews: SERVED_VIEWS,
    titles: factors.titleIds.length,
    knownTitles: factors.knownItems,
    settings: factors.settings,
    trainingWindow: {
      from: instant(trained.from),
      to: instant(trained.to),
      profiles,
      watches: trained.watches,
    },
    metrics: {},
    seed: options.seed,
    checksum: sha256(bytes),
    parent: options.parent ?? null,
  } satisfies CollaborativeManifest);
  return {
    watches: trained.watches,
    profiles,
    write: (folder, metrics = {}, evaluation = {}) =>
      writeVersionFolder(folder, `${COLLABORATIVE_NAME}-${manifest.version}`, {
        [FACTORS_FILE]: bytes,
        'evaluation.json': json({ metrics, ...evaluation }),
        'manifest.json': json({ ...manifest, metrics }),
      }),
  };
}

export interface TrainCollaborativeOptions extends ReleaseCollaborativeOptions {
  /** Folder of model folders. */
  readonly folder: string;
  readonly measurement?: CollaborativeMeasurement;
}

/** The first version of a world, of all that was watched. @returns as `write`; undefined for a log that is too small. */
export async function trainCollaborative(
  watches: WatchLog,
  { folder, measurement, ...options }: TrainCollaborativeOptions,
): Promise<string | undefined> {
  const released = await releaseCollaborative(watches, options);
  return released?.write(folder, measurement?.metrics, {
    protocol: `trained on what happened before the ranker's examples begin, histories of ${COLLABORATIVE_HISTORY} watches, measured on the first watches after it; then trained on everything`,
    gains: measurement?.gains ?? {},
  });
}
