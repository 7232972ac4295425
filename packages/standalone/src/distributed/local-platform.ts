/**
 * A whole distributed Marquee on one machine: servers → installation → world → processes, up in that order and down in
 * reverse. The command starts it for people, the fault campaign to interfere with it.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@marquee/domain';
import { freePort } from '@marquee/local-servers';
import { createLogger, type Environment, MarqueeError } from '@marquee/service-kit';
import type { Progress } from '../cli/progress.ts';
import { type DistributedConfig, loadDistributedConfig, loadGivenServers } from '../config.ts';
import { openDataDirectory, type World } from '../world/data-directory.ts';
import { SAMPLE_SEED } from '../world/sample-source.ts';
import type { WorldSource } from '../world/world-source.ts';
import { fillInstallation } from './fill-installation.ts';
import { type Installation, openInstallation, saveInstallation, withWorld } from './installation.ts';
import { forgetRunningServers, tellRunningServers } from './running-servers.ts';
import { type Servers, startServers } from './servers.ts';
import { createSupervisor, type Supervisor, type SupervisorOptions } from './supervisor.ts';
import { type Copies, type ProcessSpec, planProcesses } from './topology.ts';

export interface LocalPlatformOptions
  extends Pick<SupervisorOptions, 'onLine' | 'onRestart' | 'maxRestartMs'> {
  /** Further settings of every process, by variable. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Servers' data, models, spools. Made when missing, and locked while the platform runs. */
  readonly folder: string;
  /** Fills the servers when the folder is new. */
  readonly source: WorldSource;
  readonly copies: Copies;
  /** Of the event log; fixed once the folder has one. */
  readonly partitions: number;
  readonly mode: 'development' | 'production';
  /** Of the first gateway; 0: free ones for all. */
  readonly gatewayPort: number;
  readonly logLevel: string;
  /** Where addresses of given servers and a given MARQUEE_AUTH_SECRET are taken from. */
  readonly environment: Environment;
  readonly progress: Progress;
  /** Ends the start early; what has been started is stopped then. */
  readonly signal: AbortSignal;
}

export interface LocalPlatform {
  readonly servers: Servers;
  readonly specs: readonly ProcessSpec[];
  readonly supervisor: Supervisor;
  readonly world: World;
  /** Where every event goes, when there are lake writers. */
  readonly lakeFolder: string;
  /** For ports of one's own on the same servers. @param name of the spool's folder. */
  configFor(name: string): DistributedConfig;
  stop(): Promise<void>;
}

/** @throws MarqueeError CONFIG_INVALID for a missing server or another world in the folder; what a start throws. */
export async function startLocalPlatform(options: LocalPlatformOptions): Promise<LocalPlatform> {
  const undo: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const directory = await openDataDirectory(options.folder);
    undo.push(() => directory.release());
    const folder = directory.path;
    const servers = await startServers(folder, loadGivenServers(options.environment));
    undo.push(() => servers.stop());
    const installation = await openInstallation(folder, options.partitions);
    const common = commonEnvironment(options, servers, installation, folder);
    const configFor = (name: string): DistributedConfig =>
      loadDistributedConfig({ ...common, MARQUEE_SPOOL_DIR: join(folder, 'spool', name) });
    const world = await filledWorld(options, installation, folder, configFor);
    const personasFile = join(folder, 'personas.json');
    await writeFile(personasFile, JSON.stringify(world.personas));
    const lakeFolder = join(folder, 'lake');
    const { gatewayPort, copies, mode, onLine, onRestart, maxRestartMs } = options;
    const withoutQdrant = servers.addresses.QDRANT_URL === undefined;
    const specs = await planProcesses({
      copies: { ...copies, ...(withoutQdrant ? { 'catalogue-indexer': 0 } : {}) },
      mode,
      common: { ...common, MARQUEE_PERSONAS_FILE: personasFile },
      ...(gatewayPort === 0 ? {} : { gatewayPort }),
      spoolFolder: join(folder, 'spool'),
      supergraphFolder: join(folder, 'supergraph'),
      lakeFolder,
      port: freePort,
    });
    const supervisor = createSupervisor({
      ...{ specs, onLine, onRestart, compileCacheFolder: join(folder, 'compile-cache') },
      ...(maxRestartMs !== undefined && { maxRestartMs }),
    });
    undo.push(() => supervisor.stop());
    if (!options.signal.aborted) await supervisor.start(options.signal);
    undo.push(() => forgetRunningServers(folder));
    await tellRunningServers(folder, {
      ...servers.addresses,
      MARQUEE_PARTITIONS: `${installation.partitions}`,
    });
    return { servers, specs, supervisor, world, lakeFolder, configFor, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What every process is told. */
function commonEnvironment(
  { environment, logLevel, settings }: LocalPlatformOptions,
  { addresses }: Servers,
  installation: Installation,
  folder: string,
): Record<string, string> {
  return {
    ...addresses,
    MARQUEE_PARTITIONS: `${installation.partitions}`,
    MARQUEE_GATEWAY_SECRET: installation.gatewaySecret,
    MARQUEE_TOKEN_SECRET: installation.tokenSecret,
    MARQUEE_AUTH_SECRET: environment.MARQUEE_AUTH_SECRET ?? installation.authSecret,
    MARQUEE_MODELS_DIR: join(folder, 'models'),
    LOG_LEVEL: logLevel,
    ...settings,
  };
}

async function filledWorld(
  { source, progress, signal }: LocalPlatformOptions,
  installation: Installation,
  folder: string,
  configFor: LocalPlatform['configFor'],
): Promise<World> {
  if (installation.world !== undefined) {
    if (installation.world.name === source.name) return installation.world;
    throw new MarqueeError(
      'CONFIG_INVALID',
      `${folder} holds the world ${installation.world.name}; choose another --data-dir for ${source.name}`,
    );
  }
  const world = await fillInstallation({
    servers: configFor('prepare'),
    source,
    folder,
    clock: systemClock,
    logger: createLogger({ service: 'prepare', level: 'warn' }),
    progress,
    seed: SAMPLE_SEED,
    signal,
  });
  await saveInstallation(folder, withWorld(installation, world));
  return world;
}
