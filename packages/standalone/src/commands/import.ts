/** `npm run import -- <what>`: brings MovieLens, catalogue and event files into a world. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { systemClock } from '@marquee/domain';
import type { TitleTable } from '@marquee/features';
import { type FileImportOptions, importCatalogue, importEvents } from '@marquee/importers';
import { createLogger, type Logger, MarqueeError, runProcess } from '@marquee/service-kit';
import { parseFlags } from '../cli/arguments.ts';
import { createProgress, type Progress } from '../cli/progress.ts';
import { loadDataConfig, loadDistributedConfig, loadGivenServers } from '../config.ts';
import { embeddedDeps } from '../deps.ts';
import { importIntoInstallation } from '../distributed/import-into-installation.ts';
import { readRunningServers } from '../distributed/running-servers.ts';
import { type DataDirectory, openDataDirectory, type World } from '../world/data-directory.ts';
import { distinctivePersonas } from '../world/distinctive-personas.ts';
import { ensureWorld } from '../world/ensure-world.ts';
import { fillWorld } from '../world/fill-world.ts';
import { movieLensSource } from '../world/movielens-source.ts';
import { SAMPLE_SEED } from '../world/sample-source.ts';
import type { WorldAdditions } from '../world/world-additions.ts';
import { requireUnreserved, requireWorldName } from '../world/world-name.ts';

const HELP = `npm run import -- <what> [options]: bring data into a world; npm start -- --world <name> serves it

  movielens --folder <folder>                ratings.csv/movies.csv or ratings.dat/movies.dat, as a world of its own
  catalogue --file <file> --world <name>     titles   (.jsonl, .csv, .parquet)
  events    --file <file> --world <name>     history  (.jsonl, .csv, .parquet)

  catalogue | events  --file <file> --installation     into a distributed installation, while it runs: the one of
                        npm run start:distributed, or the one at NATS_URL, REDIS_URL, POSTGRES_URL, QDRANT_URL

  --data-dir <folder>   where worlds are kept (MARQUEE_DATA_DIR, default .marquee); no Marquee may be running on it
  --rejects <file>      where unusable rows go, default <file>.rejects.jsonl

Formats: packages/importers/README.md. Importing the same file twice adds nothing. Events about titles that the world does
not hold are rejected. The names sample and movielens-* belong to worlds that npm start prepares itself.
`;

interface Work {
  readonly directory: DataDirectory;
  readonly logger: Logger;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

await runProcess(async (signal) => {
  const [what, ...rest] = process.argv.slice(2);
  if (what === undefined || what === '--help' || what === '-h') {
    process.stdout.write(HELP);
    return;
  }
  const flags = parseFlags(rest, {
    folder: { type: 'string' },
    file: { type: 'string' },
    world: { type: 'string' },
    rejects: { type: 'string' },
    installation: { type: 'boolean', default: false },
    'data-dir': { type: 'string' },
  });
  const config = loadDataConfig(process.env, { dataDirectory: flags['data-dir'] as string | undefined });
  const context = {
    logger: createLogger({ service: 'import', level: config.logLevel }),
    progress: createProgress(process.stderr),
    signal,
  };
  if (flags.installation === true) {
    await intoInstallation(context, what, flags, config.dataDirectory);
    return;
  }
  const directory = await openDataDirectory(config.dataDirectory);
  const work = { ...context, directory };
  try {
    if (what === 'movielens') {
      const folder = needed(flags, 'folder');
      const source = movieLensSource(folder);
      const world = await ensureWorld({
        ...work,
        source,
        rankerThreads: 1,
        clock: systemClock,
        seed: SAMPLE_SEED,
      });
      process.stdout.write(
        `World ${world.name}: ${world.titles} titles, ${world.profiles} profiles, ${world.rejected} rows rejected.\n${serveIt(flags, '--data', folder)}`,
      );
      return;
    }
    if (what !== 'catalogue' && what !== 'events') {
      throw new MarqueeError(
        'CONFIG_INVALID',
        `unknown import "${what}"; allowed are movielens, catalogue, events`,
      );
    }
    const name = requireWorldName(needed(flags, 'world'));
    const file = needed(flags, 'file');
    const rejectsFile = (flags.rejects as string | undefined) ?? `${file}.rejects.jsonl`;
    await importFile({ ...work, what, name, options: { file, rejectsFile } });
    process.stdout.write(serveIt(flags, '--world', name));
  } finally {
    directory.release();
  }
});

/** The command that serves what was imported, from where it was put. */
function serveIt(flags: Record<string, unknown>, ...which: readonly [string, string]): string {
  const where = flags['data-dir'] === undefined ? [] : ['--data-dir', flags['data-dir']];
  return `Serve it: npm start -- ${[...which, ...where].join(' ')}\n`;
}

async function intoInstallation(
  work: Omit<Work, 'directory'>,
  what: string,
  flags: Record<string, unknown>,
  dataDirectory: string,
): Promise<void> {
  if (what !== 'catalogue' && what !== 'events') {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `a running installation takes catalogue and events files; "${what}" makes a world, see npm run start:distributed -- --help`,
    );
  }
  const file = needed(flags, 'file');
  const rejectsFile = (flags.rejects as string | undefined) ?? `${file}.rejects.jsonl`;
  const folder = join(dataDirectory, 'distributed');
  const running = await readRunningServers(folder);
  if (running === undefined && loadGivenServers(process.env).NATS_URL === undefined) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `no installation runs in ${folder}; name its servers: NATS_URL, REDIS_URL, POSTGRES_URL, QDRANT_URL`,
    );
  }
  const servers = loadDistributedConfig({ ...running, ...process.env });
  const { added, known, rejected, handled } = await importIntoInstallation({
    ...work,
    // A spool of its own: every process needs one.
    servers: {
      ...servers,
      nats: { ...servers.nats, spoolFile: join(dataDirectory, 'spool', 'import.sqlite') },
    },
    what,
    options: { file, rejectsFile },
    clock: systemClock,
  });
  const rejects = rejected === 0 ? '' : `, ${rejected} rows rejected: ${rejectsFile}`;
  const counts = what === 'catalogue' ? `${added} titles` : `${added} events (${known} known already)`;
  process.stdout.write(`The installation: ${counts}${rejects}.\n`);
  if (!handled) {
    process.stdout.write(
      'No worker has handled them yet: they are safe in the log, and show once feature-materializer and profile-projector run.\n',
    );
  }
  if (what === 'events') {
    process.stdout.write(
      'Profiles and features have them now, ranked lists within three minutes. The models and co-watch neighbours stay as they are until they are learned anew.\n',
    );
  }
}

interface FileWork extends Work {
  readonly what: 'catalogue' | 'events';
  readonly name: string;
  readonly options: FileImportOptions;
}

async function importFile(work: FileWork): Promise<void> {
  const { directory, name, what } = work;
  const present = await directory.readWorld(name);
  if (present !== undefined) return fillFrom(work, directory.worldFolder(name), present);
  if (what === 'events') {
    throw new MarqueeError('NOT_FOUND', `there is no world ${name}; import a catalogue into it first`);
  }
  requireUnreserved(name);
  const folder = await directory.beginWorld(name);
  try {
    await fillFrom(work, folder);
  } catch (error) {
    await directory.abandonWorld(folder);
    throw error;
  }
}

/** @param present the world that is in the folder already. */
async function fillFrom(work: FileWork, folder: string, present?: World): Promise<void> {
  const { directory, logger, progress, signal, what, name, options } = work;
  const context = { clock: systemClock, logger, rankerThreads: 1 };
  const deps = embeddedDeps({ folder, ...context });
  const { additions, rejected } = await openFile(what, options, deps.titles);
  const filled = await fillWorld(deps, additions, { folder, seed: SAMPLE_SEED, progress, signal });
  const world = {
    formatVersion: 1 as const,
    name,
    source: present?.source ?? `imported from ${options.file}`,
    preparedAt: new Date(systemClock.now()).toISOString(),
    ...filled.totals,
    rejected: (present?.rejected ?? 0) + rejected(),
    model: filled.model,
    ...(filled.collaborative !== undefined && { collaborative: filled.collaborative }),
    personas: await distinctivePersonas(embeddedDeps({ folder, ...context })),
    tokenSecret: present?.tokenSecret ?? randomBytes(32).toString('base64url'),
  };
  if (present === undefined) await directory.commitWorld(folder, world);
  else await directory.updateWorld(world);
  const added =
    what === 'catalogue'
      ? `${filled.titles} titles`
      : `${filled.events} events (${filled.duplicates} known already)`;
  const rejects = rejected() === 0 ? '' : `, ${rejected()} rows rejected: ${options.rejectsFile}`;
  process.stdout.write(`World ${name}: ${added}${rejects}.\n`);
}

async function openFile(
  what: 'catalogue' | 'events',
  options: FileImportOptions,
  titles: TitleTable,
): Promise<{ additions: WorldAdditions; rejected: () => number }> {
  if (what === 'catalogue') {
    const imported = await importCatalogue(options);
    return { additions: { catalogue: { batches: imported.batches } }, rejected: imported.rejected };
  }
  // Filled from the catalogue before the history is read.
  const imported = await importEvents({ ...options, knowsTitle: (id) => titles.has(id) });
  return { additions: { events: { batches: imported.batches } }, rejected: imported.rejected };
}

function needed(flags: Record<string, unknown>, name: string): string {
  const value = flags[name];
  if (typeof value !== 'string' || value === '') {
    throw new MarqueeError('CONFIG_INVALID', `--${name} is needed; see npm run import -- --help`);
  }
  return value;
}
