/** The trainer's ports, and those of a training process, on their distributed adapters. */
import { createPostgresCatalogue } from '@marquee/catalogue/postgres';
import type { ConfigurationBroadcast, Leases } from '@marquee/coordination';
import { createNatsBroadcast, createNatsLeases } from '@marquee/coordination/nats-jetstream';
import { systemClock } from '@marquee/domain';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { createTitleTable, embedTitle } from '@marquee/features';
import { createOnnxVectorRuntime } from '@marquee/model-runtime/onnx';
import type { Logger } from '@marquee/service-kit';
import { createPostgres } from '@marquee/service-kit/postgres';
import type { ServiceKit } from '@marquee/service-kit/service';
import type { TrainerConfig } from './config.ts';
import type { TrainingWorld } from './run-training.ts';

const TITLES_PER_READ = 500;

export function trainerLeases(config: TrainerConfig, { logger }: ServiceKit): Leases {
  return createNatsLeases({ ...config.nats, logger });
}

export function trainerBroadcast(config: TrainerConfig, { logger }: ServiceKit): ConfigurationBroadcast {
  return createNatsBroadcast({ ...config.nats, logger });
}

/** The catalogue as a training wants it: all of it, read once. */
export async function trainingWorld(
  config: Pick<TrainerConfig, 'postgres'>,
  logger: Logger,
): Promise<TrainingWorld> {
  const postgres = createPostgres({ ...config.postgres, applicationName: 'marquee-training', logger });
  const catalogue = createPostgresCatalogue({ postgres, clock: systemClock });
  const titles = createTitleTable();
  const vectors = new Map<string, Float32Array>();
  await postgres.start();
  try {
    await catalogue.start();
    for await (const batch of catalogue.scan({ batchSize: TITLES_PER_READ })) {
      titles.put(batch);
      for (const title of batch) vectors.set(title.id, embedTitle(title));
    }
  } finally {
    await catalogue.stop();
    await postgres.stop();
  }
  return {
    titles,
    vectorOf: (id) => vectors.get(id),
    makeStore: () => createMemoryStore({ clock: systemClock, logger }),
    makeTowerRuntime: (columns) =>
      createOnnxVectorRuntime({ threads: 1, columns, featureViews: {}, warmUpRows: 1, logger }),
  };
}
