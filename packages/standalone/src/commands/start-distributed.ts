/**
 * `npm run start:distributed`: the platform up → run until told to stop → everything down in reverse order.
 */
import { join, resolve } from 'node:path';
import { type Environment, keepCompiledCode, runProcess } from '@marquee/service-kit';
import { banner } from '../cli/banner.ts';
import { createProgress } from '../cli/progress.ts';
import { loadDataConfig } from '../config.ts';
import {
  DISTRIBUTED_HELP,
  type DistributedArguments,
  parseDistributedArguments,
} from '../distributed/distributed-arguments.ts';
import { type LocalPlatform, startLocalPlatform } from '../distributed/local-platform.ts';
import { movieLensSource } from '../world/movielens-source.ts';
import { sampleSource } from '../world/sample-source.ts';

const DEFAULT_PORT = 4000;

await runProcess(async (signal) => {
  const args = parseDistributedArguments(process.argv.slice(2));
  if (args.help) {
    process.stdout.write(DISTRIBUTED_HELP);
    return;
  }
  keepCompiledCode(process.env);
  await startDistributed(args, process.env, signal);
});

async function startDistributed(
  args: DistributedArguments,
  environment: Environment,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = performance.now();
  const { dataDirectory } = loadDataConfig(environment, args);
  const platform = await startLocalPlatform({
    folder: join(dataDirectory, 'distributed'),
    source: args.data === undefined ? sampleSource({ profiles: args.profiles }) : movieLensSource(args.data),
    copies: args.copies,
    partitions: args.partitions,
    mode: args.production ? 'production' : 'development',
    gatewayPort: Number(args.port ?? environment.PORT ?? DEFAULT_PORT),
    logLevel: environment.LOG_LEVEL ?? (args.quiet ? 'warn' : 'info'),
    environment,
    settings: { ...registries(environment, dataDirectory), ...trainedModels(environment) },
    progress: createProgress(process.stderr),
    onLine: (name, line) => process.stderr.write(`${name.padEnd(24)} ${line}\n`),
    onRestart: (name, how, inMs) =>
      process.stderr.write(`${name.padEnd(24)} ended (${how}); starting it again in ${inMs} ms\n`),
    signal,
  });
  try {
    if (signal.aborted) return;
    process.stdout.write(announcement(platform, startedAt));
    await aborted(signal);
  } finally {
    await platform.stop();
  }
}

/** Where `npm run partners` and `npm run operations` write, unless they are told otherwise. */
function registries(environment: Environment, dataDirectory: string): Record<string, string> {
  return {
    MARQUEE_PARTNERS: resolve(environment.MARQUEE_PARTNERS ?? join(dataDirectory, 'partners')),
    MARQUEE_OPERATIONS_REGISTRY: resolve(
      environment.MARQUEE_OPERATIONS_REGISTRY ?? join(dataDirectory, 'operations'),
    ),
  };
}

/** What the trainer retrains, where somebody says so: the first towers of an installation have to be asked for. */
function trainedModels({ MARQUEE_TRAIN_MODELS: models }: Environment): Record<string, string> {
  return models === undefined ? {} : { MARQUEE_TRAIN_MODELS: models };
}

function announcement({ specs, world, servers }: LocalPlatform, startedAt: number): string {
  const seconds = (performance.now() - startedAt) / 1000;
  const [first, ...others] = specs
    .filter(({ part }) => part === 'gateway')
    .map((spec) => ({ url: `http://127.0.0.1:${spec.port}`, mode: spec.environment.MARQUEE_MODE }));
  const mode = first?.mode === 'production' ? 'production' : 'development';
  const more = others.map(({ url }) => `  Gateway   ${url}/graphql\n`).join('');
  const parts = `  Processes ${specs.map(({ name, port }) => `${name} :${port}`).join(', ')}\n\n`;
  // The address alone: one that was given may carry credentials.
  const { host } = new URL(servers.addresses.NATS_URL.split(',')[0]!);
  const graph = `  Graph     npm run schema -- publish --nats nats://${host} --note "why"\n`;
  return banner({ world, url: first?.url ?? '', mode, seconds }) + more + graph + parts;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
