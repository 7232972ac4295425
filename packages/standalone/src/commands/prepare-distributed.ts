/**
 * Fills the servers of an installation, once, before its processes start: the job that a deployment runs first. An
 * installation that has been filled is left as it is, so the job can be part of every deployment.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemClock } from '@marquee/domain';
import { RANKING_MODEL_KEY } from '@marquee/model-runtime';
import { createLogger, runProcess } from '@marquee/service-kit';
import { parseFlags, wholeNumber } from '../cli/arguments.ts';
import { createProgress } from '../cli/progress.ts';
import { loadDistributedConfig } from '../config.ts';
import { distributedBroadcast } from '../deps.ts';
import { fillInstallation } from '../distributed/fill-installation.ts';
import { movieLensSource } from '../world/movielens-source.ts';
import { SAMPLE_SEED, sampleSource } from '../world/sample-source.ts';

const HELP = `node packages/standalone/src/commands/prepare-distributed.ts: fills an installation's servers with a world

  --data <folder>       MovieLens folder instead of the sample world
  --profiles <number>   simulated audience (default 2000)
  --folder <folder>     for models/ and the rejects file, on storage that every process reads (default .marquee)
  --personas <file>     where to write whom to try the platform as (default <folder>/personas.json)

Servers: REDIS_URL, NATS_URL, POSTGRES_URL, QDRANT_URL; MARQUEE_PARTITIONS, MARQUEE_STREAM, MARQUEE_KEY_PREFIX.
`;

await runProcess(async (signal) => {
  const flags = parseFlags(process.argv.slice(2), {
    data: { type: 'string' },
    profiles: { type: 'string', default: '2000' },
    folder: { type: 'string', default: '.marquee' },
    personas: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (flags.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const folder = flags.folder as string;
  const servers = loadDistributedConfig(process.env);
  const logger = createLogger({ service: 'prepare', level: 'warn' });
  if (await isFilled(servers, logger)) {
    process.stdout.write(
      'The installation has been filled already. To add to it while it runs: npm run import -- catalogue|events --file <file> --installation\n',
    );
    return;
  }
  await mkdir(folder, { recursive: true });
  const profiles = wholeNumber('--profiles', flags.profiles as string, 12, 100_000);
  const world = await fillInstallation({
    servers,
    source: typeof flags.data === 'string' ? movieLensSource(flags.data) : sampleSource({ profiles }),
    folder,
    clock: systemClock,
    logger,
    progress: createProgress(process.stderr),
    seed: SAMPLE_SEED,
    signal,
  });
  const personasFile = (flags.personas as string | undefined) ?? join(folder, 'personas.json');
  await mkdir(dirname(personasFile), { recursive: true });
  await writeFile(personasFile, JSON.stringify(world.personas));
  process.stdout.write(`${world.titles} titles, ${world.profiles} profiles, ${world.events} events.\n`);
});

/** The model is named last, so an interrupted filling is done again. */
async function isFilled(
  servers: ReturnType<typeof loadDistributedConfig>,
  logger: ReturnType<typeof createLogger>,
): Promise<boolean> {
  const broadcast = distributedBroadcast({ servers, logger });
  await broadcast.start();
  try {
    return (await broadcast.get(RANKING_MODEL_KEY)) !== undefined;
  } finally {
    await broadcast.stop();
  }
}
