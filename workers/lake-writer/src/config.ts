/** Configuration of the lake-writer process. */
import { type Environment, parseConfig } from '@marquee/service-kit';
import {
  NATS_VARIABLES,
  SERVICE_VARIABLES,
  toNatsConfig,
  toServiceConfig,
} from '@marquee/service-kit/service';
import { z } from 'zod';

const variables = z.object({
  ...SERVICE_VARIABLES,
  ...NATS_VARIABLES,
  /** Folder of the lake, on storage that all its writers and readers share. */
  MARQUEE_LAKE_FOLDER: z.string().min(1),
  /** How long an event waits in memory for others to share a file with. */
  MARQUEE_LAKE_MAX_AGE_MS: z.coerce.number().int().min(100).max(3_600_000).default(30_000),
  /** What DuckDB may use, beside a sixteenth of it in events that wait. */
  MARQUEE_LAKE_MEMORY_MB: z.coerce.number().int().min(64).max(65_536).default(512),
});

export type LakeWriterConfig = ReturnType<typeof loadLakeWriterConfig>;

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function loadLakeWriterConfig(environment: Environment) {
  const values = parseConfig(variables, environment);
  return {
    ...toServiceConfig(values),
    nats: toNatsConfig(values),
    lake: {
      folder: values.MARQUEE_LAKE_FOLDER,
      limits: { maxAgeMs: values.MARQUEE_LAKE_MAX_AGE_MS },
      memoryMegabytes: values.MARQUEE_LAKE_MEMORY_MB,
    },
  };
}
