/** The lines of models that a command can be told to work on. */
import type { Clock } from '@marquee/domain';
import {
  collaborativeExaminer,
  collaborativeRegistry,
  type ModelRegistry,
  type RetrievalExaminer,
  type RetrievalLine,
  rankerRegistry,
  towerExaminer,
  towerRegistry,
  type VersionManifest,
} from '@marquee/model-registry';
import { COLLABORATIVE_MODEL_KEY, RANKING_MODEL_KEY, TWO_TOWER_MODEL_KEY } from '@marquee/model-runtime';
import { type Logger, MarqueeError } from '@marquee/service-kit';
import { TRAINED_MODELS, type TrainedModel } from '@marquee/trainer';
import { towerRuntime } from '../deps.ts';
import type { World } from '../world/data-directory.ts';

/** Of any line. */
export type LineRegistry = ModelRegistry<VersionManifest>;

interface ModelLine {
  /** What processes of an installation are told under. */
  readonly key: string;
  readonly registry: (place: { readonly modelsFolder: string; readonly clock: Clock }) => LineRegistry;
  /** Of a world, the version that was trained with it, and serves where the registry was never asked. */
  readonly ofWorld: (world: World) => string | undefined;
  /** Of what finds candidates; without, it is a ranker, and has shadow and canary. */
  readonly examiner?: (logger: Logger) => RetrievalExaminer;
}

export const MODEL_LINES: Readonly<
  Record<TrainedModel, ModelLine> & Record<RetrievalLine, Required<ModelLine>>
> = {
  ranking: { key: RANKING_MODEL_KEY, registry: rankerRegistry, ofWorld: ({ model }) => model },
  'two-tower': {
    key: TWO_TOWER_MODEL_KEY,
    registry: towerRegistry,
    ofWorld: () => undefined,
    examiner: (logger) => towerExaminer((columns) => towerRuntime(columns, logger)),
  },
  collaborative: {
    key: COLLABORATIVE_MODEL_KEY,
    registry: collaborativeRegistry,
    ofWorld: ({ collaborative }) => collaborative,
    examiner: () => collaborativeExaminer,
  },
};

/** @throws MarqueeError CONFIG_INVALID naming what there is */
export function modelLine(text: string): TrainedModel {
  const line = TRAINED_MODELS.find((name) => name === text);
  if (line !== undefined) return line;
  throw new MarqueeError('CONFIG_INVALID', `--model must be ${TRAINED_MODELS.join(', ')}, not "${text}"`);
}
