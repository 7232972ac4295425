/** Configuration of the one-process Marquee. The environment is read here and in the gateway's config only. */
import { resolve } from 'node:path';
import { EXPLORATION_VARIABLES, type ExplorationSettings, toExplorationSettings } from '@marquee/exploration';
import {
  type GatewayConfig,
  parseEmbeddedCacheConfig,
  parseGatewayConfig,
  type ResponseCacheOptions,
} from '@marquee/gateway';
import { PROMOTION_VARIABLES, type PromotionPolicy, toPromotionPolicy } from '@marquee/model-promoter';
import { type Environment, MarqueeError, parseConfig } from '@marquee/service-kit';
import {
  NATS_VARIABLES,
  POSTGRES_VARIABLES,
  QDRANT_VARIABLES,
  REDIS_VARIABLES,
  SERVICE_VARIABLES,
  toNatsConfig,
  toPostgresConfig,
  toQdrantConfig,
  toRedisConfig,
} from '@marquee/service-kit/service';
import { TRAINING_VARIABLES, type TrainingPlan, toTrainingPlan } from '@marquee/trainer';
import { z } from 'zod';

const variables = z.object({
  /** Where worlds are kept. Created when missing. */
  MARQUEE_DATA_DIR: z.string().min(1).default('.marquee'),
  /** Where clients fetch artwork, e.g. a CDN in front of `/artwork`; empty: addresses relative to the gateway. */
  MARQUEE_ARTWORK_URL: z.url().optional(),
  /** Worker threads that run the ranking model. */
  MARQUEE_RANKER_THREADS: z.coerce.number().int().min(1).max(32).default(1),
  /** Candidates that the pre-ranker leaves to the ranking model, about; 0: all of them. */
  MARQUEE_PRE_RANK_TO: z.coerce.number().int().min(0).max(10_000).default(1_000),
  /** Whether a serving world keeps its events as Parquet files beside its log. */
  MARQUEE_LAKE: z.enum(['on', 'off']).default('on'),
  ...EXPLORATION_VARIABLES,
  /** Between two reports of the monitor; 0: none is made. Needs the lake. */
  MARQUEE_MONITOR_EVERY_MS: z.coerce.number().int().min(0).max(86_400_000).default(3_600_000),
  /** From the start to the first of them. Absent: as long as between two. */
  MARQUEE_MONITOR_FIRST_AFTER_MS: z.coerce.number().int().min(0).max(86_400_000).optional(),
  /** Whether home pages are made for viewers who are likely to come; each is an event with its features. */
  MARQUEE_PREWARM: z.enum(['on', 'off']).default('off'),
  /** Whether digests are asked for, for viewers who have stopped coming. */
  MARQUEE_RE_ENGAGEMENT: z.enum(['on', 'off']).default('on'),
  ...TRAINING_VARIABLES,
  ...PROMOTION_VARIABLES,
  /** The least that is logged, as JSON on standard error. */
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('warn'),
});

export interface StandaloneConfig {
  readonly dataDirectory: string;
  readonly rankerThreads: number;
  readonly preRankTo: number;
  readonly lake: boolean;
  readonly exploration: ExplorationSettings;
  readonly background: {
    readonly monitorEveryMs: number;
    readonly monitorFirstAfterMs: number | undefined;
    readonly prewarm: boolean;
    readonly reEngage: boolean;
  };
  /** Undefined: models are trained by hand only. */
  readonly training: TrainingPlan | undefined;
  /** Undefined: models change their stage by hand only. */
  readonly promotion: PromotionPolicy | undefined;
  /** Prefix of artwork addresses, without a trailing slash; empty for relative ones. */
  readonly artworkBaseUrl: string;
  readonly logLevel: z.infer<typeof variables>['LOG_LEVEL'];
  readonly gateway: GatewayConfig;
  readonly responseCache: ResponseCacheOptions;
}

export type DataConfig = Omit<StandaloneConfig, 'gateway' | 'responseCache'>;

/** The part that every command needs, whether it serves or not. @throws MarqueeError CONFIG_INVALID */
export function loadDataConfig(
  environment: Environment,
  overrides: { dataDirectory?: string } = {},
): DataConfig {
  const values = parseConfig(variables, {
    ...environment,
    ...(overrides.dataDirectory === undefined ? {} : { MARQUEE_DATA_DIR: overrides.dataDirectory }),
  });
  return {
    dataDirectory: resolve(values.MARQUEE_DATA_DIR),
    rankerThreads: values.MARQUEE_RANKER_THREADS,
    preRankTo: values.MARQUEE_PRE_RANK_TO,
    lake: values.MARQUEE_LAKE === 'on',
    exploration: toExplorationSettings(values),
    background: {
      monitorEveryMs: values.MARQUEE_MONITOR_EVERY_MS,
      monitorFirstAfterMs: values.MARQUEE_MONITOR_FIRST_AFTER_MS,
      prewarm: values.MARQUEE_PREWARM === 'on',
      reEngage: values.MARQUEE_RE_ENGAGEMENT === 'on',
    },
    training: toTrainingPlan(values),
    promotion: toPromotionPolicy(values),
    artworkBaseUrl: (values.MARQUEE_ARTWORK_URL ?? '').replace(/\/$/, ''),
    logLevel: values.LOG_LEVEL,
  };
}

/**
 * @param overrides what the command line says; it wins over the environment.
 * @throws MarqueeError CONFIG_INVALID; also when development mode meets NODE_ENV=production.
 */
export function loadConfig(
  environment: Environment,
  overrides: { development?: boolean; port?: string; host?: string; dataDirectory?: string } = {},
): StandaloneConfig {
  const mode =
    overrides.development === true ? (environment.MARQUEE_MODE ?? 'development') : environment.MARQUEE_MODE;
  if (mode === 'development' && environment.NODE_ENV === 'production') {
    const asked = overrides.development === true ? '--development' : 'MARQUEE_MODE=development';
    throw new MarqueeError(
      'CONFIG_INVALID',
      `${asked} trusts a header for identity and refuses to run with NODE_ENV=production; leave it out and set MARQUEE_AUTH_SECRET`,
    );
  }
  return {
    ...loadDataConfig(environment, overrides),
    responseCache: parseEmbeddedCacheConfig(environment),
    gateway: parseGatewayConfig({
      ...environment,
      ...(mode === undefined ? {} : { MARQUEE_MODE: mode }),
      ...(overrides.port === undefined ? {} : { PORT: overrides.port }),
      ...(overrides.host === undefined ? {} : { MARQUEE_HOST: overrides.host }),
    }),
  };
}

const distributedVariables = z.object({
  ...SERVICE_VARIABLES,
  ...NATS_VARIABLES,
  ...REDIS_VARIABLES,
  ...POSTGRES_VARIABLES,
  ...QDRANT_VARIABLES,
});

export type DistributedConfig = ReturnType<typeof loadDistributedConfig>;

/** Where the servers of an installation are. @throws MarqueeError CONFIG_INVALID */
export function loadDistributedConfig(environment: Environment) {
  const values = parseConfig(distributedVariables, environment);
  return {
    nats: toNatsConfig(values),
    redis: toRedisConfig(values),
    postgres: toPostgresConfig(values),
    qdrant: toQdrantConfig(values),
  };
}

const givenServers = z.object({
  NATS_URL: z.string().min(1).optional(),
  REDIS_URL: z.string().min(1).optional(),
  POSTGRES_URL: z.string().min(1).optional(),
  QDRANT_URL: z.string().min(1).optional(),
});

/** The servers that the environment names; the others are to be started here. */
export function loadGivenServers(environment: Environment): z.infer<typeof givenServers> {
  return parseConfig(givenServers, environment);
}
