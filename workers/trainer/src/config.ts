/** Configuration of the trainer process, and of the training processes that it begins. */
import { type Environment, parseConfig } from '@marquee/service-kit';
import {
  NATS_VARIABLES,
  POSTGRES_VARIABLES,
  SERVICE_VARIABLES,
  toNatsConfig,
  toPostgresConfig,
  toServiceConfig,
} from '@marquee/service-kit/service';
import { z } from 'zod';
import { TRAINING_VARIABLES, toTrainingPlan } from './variables.ts';

const variables = z.object({
  ...SERVICE_VARIABLES,
  ...NATS_VARIABLES,
  ...POSTGRES_VARIABLES,
  ...TRAINING_VARIABLES,
  /** Folder of the lake, on storage that the lake writers write to. */
  MARQUEE_LAKE_FOLDER: z.string().min(1),
  /** Holds a folder per model version; on storage that every process can read. */
  MARQUEE_MODELS_DIR: z.string().min(1).default('.marquee/models'),
  /** Which code trains, for the record. */
  MARQUEE_CODE_VERSION: z.string().min(1).default('unknown'),
});

export type TrainerConfig = ReturnType<typeof loadTrainerConfig>;

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function loadTrainerConfig(environment: Environment) {
  const values = parseConfig(variables, environment);
  return {
    ...toServiceConfig(values),
    nats: toNatsConfig(values),
    postgres: toPostgresConfig(values),
    plan: toTrainingPlan(values),
    lakeFolder: values.MARQUEE_LAKE_FOLDER,
    modelsFolder: values.MARQUEE_MODELS_DIR,
    codeVersion: values.MARQUEE_CODE_VERSION,
  };
}
