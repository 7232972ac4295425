/** The lines of models that a command can be told to work on. */
import type { Clock } from '@marquee/domain';
import { type ModelRegistry, rankerRegistry, towerRegistry } from '@marquee/model-registry';
import { RANKING_MODEL_KEY, TWO_TOWER_MODEL_KEY } from '@marquee/model-runtime';
import { MarqueeError } from '@marquee/service-kit';
import { TRAINED_MODELS, type TrainedModel } from '@marquee/trainer';

export const MODEL_LINES: Readonly<
  Record<
    TrainedModel,
    {
      /** What processes of an installation are told under. */
      readonly key: string;
      readonly registry: (place: { readonly modelsFolder: string; readonly clock: Clock }) => ModelRegistry;
    }
  >
> = {
  ranking: { key: RANKING_MODEL_KEY, registry: rankerRegistry },
  'two-tower': { key: TWO_TOWER_MODEL_KEY, registry: towerRegistry },
};

/** @throws MarqueeError CONFIG_INVALID naming what there is */
export function modelLine(text: string): TrainedModel {
  const line = TRAINED_MODELS.find((name) => name === text);
  if (line !== undefined) return line;
  throw new MarqueeError('CONFIG_INVALID', `--model must be ${TRAINED_MODELS.join(' or ')}, not "${text}"`);
}
