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

export interface TrainCollaborativeOptions extends FactoriseWatchesOptions {
  /** Instant of the training, epoch milliseconds; part of the version. */
  readonly now: number;
  /** Folder of model folders. */
  readonly folder: string;
  readonly measurement?: CollaborativeMeasurement;
}

/** @returns the version's folder, `<folder>/collaborative-<version>`; undefined for a log that is too small. */
export async function trainCollaborative(
  watches: WatchLog,
  options: TrainCollaborativeOptions,
): Promise<string | undefined> {
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
    metrics: options.measurement?.metrics ?? {},
    seed: options.seed,
    checksum: sha256(bytes),
    parent: null,
  } satisfies CollaborativeManifest);
  return writeVersionFolder(options.folder, `${COLLABORATIVE_NAME}-${manifest.version}`, {
    [FACTORS_FILE]: bytes,
    'evaluation.json': json({
      protocol: `trained on what happened before the ranker's examples begin, histories of ${COLLABORATIVE_HISTORY} watches, measured on the first watches after it; then trained on everything`,
      ...(options.measurement ?? { metrics: {}, gains: {} }),
    }),
    'manifest.json': json(manifest),
  });
}
