/** Configuration of the monitor process. */
import { type Environment, parseConfig } from '@marquee/service-kit';
import {
  NATS_VARIABLES,
  POSTGRES_VARIABLES,
  REDIS_VARIABLES,
  SERVICE_VARIABLES,
  toNatsConfig,
  toPostgresConfig,
  toRedisConfig,
  toServiceConfig,
} from '@marquee/service-kit/service';
import { z } from 'zod';

const variables = z.object({
  ...SERVICE_VARIABLES,
  ...NATS_VARIABLES,
  ...POSTGRES_VARIABLES,
  ...REDIS_VARIABLES,
  /** Folder of the lake, where the lake writers keep it; read only. */
  MARQUEE_LAKE_FOLDER: z.string().min(1),
  /** What DuckDB may use. */
  MARQUEE_LAKE_MEMORY_MB: z.coerce.number().int().min(64).max(65_536).default(512),
  /** Holds a folder per model version. */
  MARQUEE_MODELS_DIR: z.string().min(1).default('.marquee/models'),
  /** Between two reports. */
  MARQUEE_MONITOR_EVERY_MS: z.coerce.number().int().min(1_000).max(86_400_000).default(3_600_000),
  /** From the start, or from when this copy leads, to its first report: starting is not the time to read a day. */
  MARQUEE_MONITOR_FIRST_AFTER_MS: z.coerce.number().int().min(0).max(86_400_000).default(60_000),
  /** Where a report per day is kept, as a page and its figures. Absent: nowhere. */
  MARQUEE_MONITOR_REPORTS_DIR: z.string().min(1).optional(),
  /** Logged rows that are made again for each report. */
  MARQUEE_MONITOR_ROWS: z.coerce.number().int().min(10).max(100_000).default(300),
});

export type MonitorConfig = ReturnType<typeof loadMonitorConfig>;

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function loadMonitorConfig(environment: Environment) {
  const values = parseConfig(variables, environment);
  return {
    ...toServiceConfig(values),
    nats: toNatsConfig(values),
    postgres: toPostgresConfig(values),
    redis: toRedisConfig(values),
    lake: { folder: values.MARQUEE_LAKE_FOLDER, memoryMegabytes: values.MARQUEE_LAKE_MEMORY_MB },
    modelsFolder: values.MARQUEE_MODELS_DIR,
    schedule: {
      everyMs: values.MARQUEE_MONITOR_EVERY_MS,
      firstAfterMs: values.MARQUEE_MONITOR_FIRST_AFTER_MS,
    },
    reportsFolder: values.MARQUEE_MONITOR_REPORTS_DIR,
    report: { parityRows: values.MARQUEE_MONITOR_ROWS },
  };
}
