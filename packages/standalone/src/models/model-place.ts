/** Where the models are that a command works on, and how what serves them hears of a change. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@marquee/domain';
import { publishProduction, publishTrials } from '@marquee/model-registry';
import { type Environment, type Logger, MarqueeError } from '@marquee/service-kit';
import type { TrainedModel } from '@marquee/trainer';
import { loadDistributedConfig, loadGivenServers } from '../config.ts';
import { distributedBroadcast, distributedDeps, embeddedDeps, type MarqueeDeps } from '../deps.ts';
import { readRunningServers } from '../distributed/running-servers.ts';
import { openDataDirectory, type World, worldSchema } from '../world/data-directory.ts';
import { requireWorldName } from '../world/world-name.ts';
import { type LineRegistry, MODEL_LINES } from './model-lines.ts';

export interface ModelPlace {
  /** For people. */
  readonly name: string;
  readonly line: TrainedModel;
  readonly registry: LineRegistry;
  /** Of the lake, the models and the training sets. */
  readonly folder: string;
  /** Processes are told by `publish` alone; else they follow the registry. */
  readonly isTold: boolean;
  /** What serves, or what will serve at the next start, without the registry having been asked; undefined: not told yet. */
  inForce(): Promise<string | undefined>;
  /** Tells those who cannot see the registry. */
  publish(): Promise<void>;
  /** For reading the history. Exclusive in a world: nobody may serve it meanwhile. */
  openHistory(): Promise<{ readonly deps: MarqueeDeps; release(): void }>;
  close(): Promise<void>;
}

interface PlaceOptions {
  readonly dataDirectory: string;
  /** Default: the ranker. */
  readonly line?: TrainedModel;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A world on this machine. A process that serves it follows the registry. @throws MarqueeError NOT_FOUND, DATA_CORRUPT */
export async function worldPlace(options: PlaceOptions & { readonly world: string }): Promise<ModelPlace> {
  const { dataDirectory, clock, logger, line = 'ranking' } = options;
  const name = requireWorldName(options.world);
  const folder = join(dataDirectory, name);
  const model = MODEL_LINES[line].ofWorld(await readWorld(folder));
  return {
    name: `world ${name}`,
    folder,
    line,
    registry: MODEL_LINES[line].registry({ modelsFolder: join(folder, 'models'), clock }),
    isTold: false,
    inForce: async () => model,
    publish: async () => undefined,
    async openHistory() {
      const directory = await openDataDirectory(dataDirectory);
      return { deps: embeddedDeps({ folder, clock, logger, rankerThreads: 1 }), release: directory.release };
    },
    close: async () => undefined,
  };
}

/** Read without the directory's lock, which whoever serves the world holds. @throws MarqueeError NOT_FOUND, DATA_CORRUPT */
export async function readWorld(folder: string): Promise<World> {
  const file = join(folder, 'world.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new MarqueeError('NOT_FOUND', {
      message: `there is no world in ${folder}; npm start makes one`,
      cause,
    });
  }
  try {
    return worldSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new MarqueeError('DATA_CORRUPT', { message: `${file} is not a readable world description`, cause });
  }
}

/**
 * A distributed installation: the one that runs in the data directory, or the one at NATS_URL. Its models are where its processes
 * find them.
 */
export async function installationPlace(
  options: PlaceOptions & { readonly environment: Environment; readonly modelsFolder: string | undefined },
): Promise<ModelPlace> {
  const { dataDirectory, clock, logger, environment, line = 'ranking' } = options;
  const { key } = MODEL_LINES[line];
  const folder = join(dataDirectory, 'distributed');
  const running = await readRunningServers(folder);
  if (running === undefined && loadGivenServers(environment).NATS_URL === undefined) {
    throw new MarqueeError('CONFIG_INVALID', `no installation runs in ${folder}; name its server: NATS_URL`);
  }
  const given = loadDistributedConfig({ ...running, ...environment });
  // A spool of its own: every process needs one.
  const spoolFile = join(dataDirectory, 'spool', 'models.sqlite');
  const servers = { ...given, nats: { ...given.nats, spoolFile } };
  const broadcast = distributedBroadcast({ servers, logger });
  await broadcast.start();
  const modelsFolder = options.modelsFolder ?? join(folder, 'models');
  const registry = MODEL_LINES[line].registry({ modelsFolder, clock });
  return {
    name: `the installation at ${given.nats.servers}`,
    folder,
    line,
    registry,
    isTold: true,
    inForce: async () => (await broadcast.get(key))?.value,
    async publish() {
      if (line === 'ranking') await publishTrials(registry, broadcast);
      await publishProduction(registry, broadcast, key);
    },
    openHistory: async () => ({
      deps: distributedDeps({ servers, clock, logger, rankerThreads: 1 }),
      release: () => undefined,
    }),
    close: () => broadcast.stop(),
  };
}
