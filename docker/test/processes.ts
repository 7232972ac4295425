/** The processes of the distributed profile: which script each one runs and what its configuration reads. */
import type { Environment } from '@marquee/service-kit';
import { loadGatewayProcessConfig } from '../../gateway/src/process-config.ts';
import { loadDistributedConfig } from '../../packages/standalone/src/config.ts';
import { FURTHER_SUBGRAPHS } from '../../packages/standalone/src/distributed/further-subgraphs.ts';
import { SUBGRAPHS as TOPOLOGY_SUBGRAPHS } from '../../packages/standalone/src/distributed/topology.ts';
import { loadContentConfig } from '../../subgraphs/content/src/config.ts';
import { loadExperimentConfig } from '../../subgraphs/experiment/src/config.ts';
import { loadRecommendationConfig } from '../../subgraphs/recommendation/src/config.ts';
import { loadUserProfileConfig } from '../../subgraphs/user-profile/src/config.ts';
import { loadCatalogueIndexerConfig } from '../../workers/catalogue-indexer/src/config.ts';
import { loadFeatureMaterializerConfig } from '../../workers/feature-materializer/src/config.ts';
import { loadLakeWriterConfig } from '../../workers/lake-writer/src/config.ts';
import { loadModelPromoterConfig } from '../../workers/model-promoter/src/config.ts';
import { loadMonitorConfig } from '../../workers/monitor/src/config.ts';
import { loadPrewarmerConfig } from '../../workers/prewarmer/src/config.ts';
import { loadProfileProjectorConfig } from '../../workers/profile-projector/src/config.ts';
import { loadReEngagementConfig } from '../../workers/re-engagement/src/config.ts';
import { loadTrainerConfig } from '../../workers/trainer/src/config.ts';

type LoadConfig = (environment: Environment) => unknown;

interface Process {
  readonly script: string;
  readonly loadConfig: LoadConfig;
}

/** As `npm run new:subgraph` makes them: one function in `config.ts`. */
async function furtherProcess(name: string): Promise<[string, Process]> {
  const folder = `subgraphs/${name}/src`;
  const config: Record<string, unknown> = await import(/* @vite-ignore */ `../../${folder}/config.ts`);
  const [loadConfig] = Object.values(config).filter((value) => typeof value === 'function');
  return [name, { script: `${folder}/main.ts`, loadConfig: loadConfig as LoadConfig }];
}

/** By part, as it is called in every deployment. */
export const PROCESSES: Readonly<Record<string, Process>> = {
  gateway: { script: 'gateway/src/main.ts', loadConfig: loadGatewayProcessConfig },
  content: { script: 'subgraphs/content/src/main.ts', loadConfig: loadContentConfig },
  'user-profile': { script: 'subgraphs/user-profile/src/main.ts', loadConfig: loadUserProfileConfig },
  recommendation: { script: 'subgraphs/recommendation/src/main.ts', loadConfig: loadRecommendationConfig },
  experiment: { script: 'subgraphs/experiment/src/main.ts', loadConfig: loadExperimentConfig },
  ...Object.fromEntries(await Promise.all(FURTHER_SUBGRAPHS.map(furtherProcess))),
  'feature-materializer': {
    script: 'workers/feature-materializer/src/main.ts',
    loadConfig: loadFeatureMaterializerConfig,
  },
  'profile-projector': {
    script: 'workers/profile-projector/src/main.ts',
    loadConfig: loadProfileProjectorConfig,
  },
  'catalogue-indexer': {
    script: 'workers/catalogue-indexer/src/main.ts',
    loadConfig: loadCatalogueIndexerConfig,
  },
  'lake-writer': { script: 'workers/lake-writer/src/main.ts', loadConfig: loadLakeWriterConfig },
  trainer: { script: 'workers/trainer/src/main.ts', loadConfig: loadTrainerConfig },
  'model-promoter': { script: 'workers/model-promoter/src/main.ts', loadConfig: loadModelPromoterConfig },
  monitor: { script: 'workers/monitor/src/main.ts', loadConfig: loadMonitorConfig },
  prewarmer: { script: 'workers/prewarmer/src/main.ts', loadConfig: loadPrewarmerConfig },
  're-engagement': { script: 'workers/re-engagement/src/main.ts', loadConfig: loadReEngagementConfig },
};
export const PARTS = Object.keys(PROCESSES);
export const SUBGRAPHS: readonly string[] = TOPOLOGY_SUBGRAPHS;

/** The job that fills an installation. */
export const PREPARE = {
  script: 'packages/standalone/src/commands/prepare-distributed.ts',
  loadConfig: loadDistributedConfig,
};

/** Read by Node itself. */
const NODE_VARIABLES = ['NODE_ENV', 'NODE_OPTIONS', 'TZ'];
/** The image sets them for every process, whether it has a use for them or not. */
const IMAGE_VARIABLES = ['PORT', 'MARQUEE_HOST', 'MARQUEE_SPOOL_DIR'];

/** Loads the configuration and tells which of the variables it has no use for. @throws MarqueeError CONFIG_INVALID */
export function unknownVariables(loadConfig: LoadConfig, environment: Record<string, string>): string[] {
  const read = new Set([...NODE_VARIABLES, ...IMAGE_VARIABLES]);
  loadConfig(
    new Proxy(environment, {
      get(target, name) {
        if (typeof name === 'string') read.add(name);
        return Reflect.get(target, name);
      },
    }),
  );
  return Object.keys(environment).filter((name) => !read.has(name));
}
