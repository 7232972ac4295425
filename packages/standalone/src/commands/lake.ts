/** `npm run lake -- <what>`: questions to the event lake, and whether it is whole. */
import { join } from 'node:path';
import { systemClock } from '@marquee/domain';
import { type LakeReader, openLake, repairLake, requireWhole } from '@marquee/event-lake';
import {
  createLogger,
  MarqueeError,
  parseCommandLine,
  runProcess,
  startAll,
  stopAll,
} from '@marquee/service-kit';
import { createProgress } from '../cli/progress.ts';
import { QUERY_FORMATS, type QueryFormat, queryOutput } from '../cli/query-output.ts';
import { loadDataConfig } from '../config.ts';
import { LAKE_FOLDER } from '../deps.ts';
import { markdownTable } from '../evaluation/markdown-table.ts';
import { installationPlace, worldPlace } from '../models/model-place.ts';
import { requireWorldName, SAMPLE_WORLD } from '../world/world-name.ts';

const HELP = `npm run lake -- <what> [options]: the event lake, every event as Parquet by date and hour

  query "<sql>"        asks in DuckDB's SQL, e.g. "SELECT type, count(*) AS events FROM events GROUP BY type". The view events holds every
                       event once: event_id, type, occurred_at, received_at, profile_id, title_id, watched_seconds, slate_id, row,
                       position, propensity, model_version, assignments and payload (JSON), log_partition, sequence
                       A file that cannot be decoded is refused with its name. Bits that changed in a page may decode to other values:
                       only --verify notices, and verify
  files                what it is made of, by day, and up to where it reaches
  verify               reads every file; exit code 1 when one is missing or damaged
  repair               makes files that are missing or damaged again from the log; a world must not be served meanwhile, an installation may.
                       A file whose events the log has not all any more (they were erased, or are too old) is left as it is, and exit code 1,
                       without --accept-loss

  --world <name>       default ${SAMPLE_WORLD}; a world that is being served may be asked, too
  --folder <folder>    a lake somewhere else, e.g. a distributed installation's MARQUEE_LAKE_FOLDER
  --installation       of repair: the distributed installation that runs in the data directory, or the one at NATS_URL, instead of a world
  --accept-loss        of repair: with what the log still has
  --data-dir <folder>  where worlds are kept (MARQUEE_DATA_DIR, default .marquee)
  --verify             of query: reads every file first and compares it with its checksum; no answer where one differs
  --format <format>    of query: table (default), json or jsonl. Whole numbers to 2^53 - 1 and decimals to fifteen digits are numbers, longer ones text, as
                       are NaN and Infinity; NULL is null; times (UTC) and dates are text as DuckDB writes them
  --help               this text
`;

const STOP_BOUND_MS = 10_000;

interface Question {
  readonly sql: string | undefined;
  readonly format: QueryFormat;
  readonly verify: boolean;
}

type Command = (reader: LakeReader, question: Question) => Promise<void>;

const commands: Readonly<Record<string, Command>> = {
  async query(reader, { sql, format, verify }) {
    if (sql === undefined || sql.trim() === '')
      throw new MarqueeError('CONFIG_INVALID', 'query needs an SQL statement; see --help');
    if (verify) {
      const progress = createProgress(process.stderr);
      progress.phase('reading every file', reader.files.length);
      await requireWhole(reader, (done) => progress.update(done));
      progress.end();
    }
    process.stdout.write(queryOutput(await reader.query(sql), format));
  },
  async files(reader) {
    const days = Map.groupBy(reader.files, ({ hour }) => hour);
    const rows = [...days]
      .sort()
      .map(([hour, files]) => [
        `${hour.slice(0, 10)} ${hour.slice(11)}:00`,
        String(files.length),
        files.reduce((sum, file) => sum + file.rows, 0).toLocaleString('en-GB'),
        `${(files.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20).toFixed(1)} MB`,
      ]);
    process.stdout.write(`${markdownTable(['day (UTC)', 'files', 'events', 'size'], rows)}\n`);
    const reached = [...reader.positions].map(([partition, sequence]) => `${partition}: ${sequence}`);
    process.stdout.write(`\nUp to sequence, by partition of the log: ${reached.join(', ')}\n`);
  },
  async verify(reader) {
    const progress = createProgress(process.stderr);
    progress.phase('reading every file', reader.files.length);
    const damages = await reader.verify((done) => progress.update(done));
    progress.end();
    for (const { path, problem } of damages) process.stdout.write(`${path}: ${firstLine(problem)}\n`);
    const rows = reader.files.reduce((sum, file) => sum + file.rows, 0);
    process.stdout.write(
      `${reader.files.length} files, ${rows.toLocaleString('en-GB')} events, ${damages.length} damaged\n`,
    );
    if (damages.length > 0) process.exitCode = 1;
  },
};

// Who has read enough, as `head` has, ends no question with a fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

await runProcess(async (signal) => {
  const { values, positionals } = parse(process.argv.slice(2));
  const [what, sql, ...rest] = positionals;
  if (values.help === true || what === undefined) {
    process.stdout.write(HELP);
    return;
  }
  // Half of a question is another question.
  if (rest.length > 0 || (what !== 'query' && sql !== undefined)) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `"${rest.at(-1) ?? sql}" belongs to nothing: an SQL statement is one argument, in quotes`,
    );
  }
  const { dataDirectory } = loadDataConfig(process.env, { dataDirectory: values['data-dir'] });
  if (what === 'repair') return repair(dataDirectory, values, signal);
  const format = QUERY_FORMATS.find((each) => each === values.format);
  if (format === undefined) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `--format must be ${QUERY_FORMATS.join(', ')}, not "${values.format}"`,
    );
  }
  const folder = values.folder ?? join(dataDirectory, requireWorldName(values.world), LAKE_FOLDER);
  const run = commands[what];
  if (run === undefined) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `unknown "${what}"; allowed are ${[...Object.keys(commands), 'repair'].join(', ')}`,
    );
  }
  const reader = await openLake({ folder });
  try {
    await run(reader, { sql, format, verify: values.verify });
  } finally {
    await reader.close();
  }
});

async function repair(
  dataDirectory: string,
  values: ReturnType<typeof parse>['values'],
  signal: AbortSignal,
): Promise<void> {
  const logger = createLogger({ service: 'lake', level: 'warn' });
  const common = { dataDirectory, clock: systemClock, logger };
  const place = values.installation
    ? await installationPlace({ ...common, environment: process.env, modelsFolder: undefined })
    : await worldPlace({ ...common, world: values.world });
  try {
    const { deps, release } = await place.openHistory();
    const { bus, connections = [] } = deps;
    const components = [...connections, bus];
    const progress = createProgress(process.stderr);
    try {
      await startAll(components, logger);
      progress.phase('reading every file');
      const files = await repairLake({
        ...{ folder: values.folder ?? join(place.folder, LAKE_FOLDER), clock: systemClock },
        ...{ partitions: bus.partitions, acceptLoss: values['accept-loss'] },
        log: (afterSequence) => bus.replay({ afterSequence }),
        onFile(done) {
          signal.throwIfAborted();
          progress.update(done);
        },
      });
      progress.end();
      for (const { path, problem, rows, found, erased, repaired } of files) {
        const theirs =
          erased > 0 && found < rows ? ` (${erased} erased profiles had rows in it, perhaps)` : '';
        const outcome = repaired ? 'made again' : 'left as it is (--accept-loss makes it again with these)';
        process.stdout.write(
          `${path}: ${firstLine(problem)}; the log has ${found} of ${rows} events${theirs}: ${outcome}\n`,
        );
      }
      const left = files.filter(({ repaired }) => !repaired).length;
      process.stdout.write(`${files.length} damaged, ${files.length - left} made again\n`);
      if (left > 0) process.exitCode = 1;
    } finally {
      await stopAll(components, logger, STOP_BOUND_MS);
      release();
    }
  } finally {
    await place.close();
  }
}

/** DuckDB shows its statement below what it has to say. */
function firstLine(problem: string): string {
  return problem.split('\n', 1)[0]!;
}

function parse(args: readonly string[]) {
  return parseCommandLine({
    args: [...args],
    allowPositionals: true,
    options: {
      world: { type: 'string', default: SAMPLE_WORLD },
      folder: { type: 'string' },
      'data-dir': { type: 'string' },
      format: { type: 'string', default: 'table' },
      verify: { type: 'boolean', default: false },
      installation: { type: 'boolean', default: false },
      'accept-loss': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
