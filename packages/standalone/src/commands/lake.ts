/** `npm run lake -- <what>`: questions to the event lake, and whether it is whole. */
import { join } from 'node:path';
import { type LakeReader, openLake } from '@marquee/event-lake';
import { MarqueeError, parseCommandLine, runProcess } from '@marquee/service-kit';
import { createProgress } from '../cli/progress.ts';
import { loadDataConfig } from '../config.ts';
import { LAKE_FOLDER } from '../deps.ts';
import { markdownTable } from '../evaluation/markdown-table.ts';
import { requireWorldName, SAMPLE_WORLD } from '../world/world-name.ts';

const HELP = `npm run lake -- <what> [options]: the event lake, every event as Parquet by date and hour

  query "<sql>"        asks in DuckDB's SQL, e.g. "SELECT type, count(*) AS events FROM events GROUP BY type". The view events holds every
                       event once: event_id, type, occurred_at, received_at, profile_id, title_id, watched_seconds, slate_id, row,
                       position, propensity, model_version, assignments and payload (JSON), log_partition, sequence
  files                what it is made of, by day, and up to where it reaches
  verify               reads every file; exit code 1 when one is missing or damaged

  --world <name>       default ${SAMPLE_WORLD}; a world that is being served may be asked, too
  --folder <folder>    a lake somewhere else, e.g. a distributed installation's MARQUEE_LAKE_FOLDER
  --data-dir <folder>  where worlds are kept (MARQUEE_DATA_DIR, default .marquee)
  --format <format>    of query: table (default), json or jsonl
  --help               this text
`;

type Command = (reader: LakeReader, sql: string | undefined, format: string) => Promise<void>;

const commands: Readonly<Record<string, Command>> = {
  async query(reader, sql, format) {
    if (sql === undefined)
      throw new MarqueeError('CONFIG_INVALID', 'query needs an SQL statement; see --help');
    const rows = await reader.query(sql);
    process.stdout.write(`${formatted(rows, format)}\n`);
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
    for (const { path, problem } of damages) process.stdout.write(`${path}: ${problem}\n`);
    const rows = reader.files.reduce((sum, file) => sum + file.rows, 0);
    process.stdout.write(
      `${reader.files.length} files, ${rows.toLocaleString('en-GB')} events, ${damages.length} damaged\n`,
    );
    if (damages.length > 0) process.exitCode = 1;
  },
};

await runProcess(async () => {
  const { values, positionals } = parse(process.argv.slice(2));
  const [what, sql] = positionals;
  if (values.help === true || what === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const { dataDirectory } = loadDataConfig(process.env, { dataDirectory: values['data-dir'] });
  const folder = values.folder ?? join(dataDirectory, requireWorldName(values.world), LAKE_FOLDER);
  const run = commands[what];
  if (run === undefined) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `unknown "${what}"; allowed are ${Object.keys(commands).join(', ')}`,
    );
  }
  const reader = await openLake({ folder });
  try {
    await run(reader, sql, values.format);
  } finally {
    await reader.close();
  }
});

function formatted(rows: readonly Record<string, unknown>[], format: string): string {
  if (format === 'json') return JSON.stringify(rows, null, 2);
  if (format === 'jsonl') return rows.map((row) => JSON.stringify(row)).join('\n');
  if (format !== 'table') {
    throw new MarqueeError('CONFIG_INVALID', `--format must be table, json or jsonl, not "${format}"`);
  }
  if (rows.length === 0) return '(no rows)';
  const names = Object.keys(rows[0]!);
  return markdownTable(
    names,
    rows.map((row) => names.map((name) => cell(row[name]))),
  );
}

function cell(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
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
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
