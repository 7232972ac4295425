/** `npm run monitor`: the daily report on what is served, logged and learned from. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DAY_MS, systemClock } from '@marquee/domain';
import { openLake } from '@marquee/event-lake';
import { type DayWindow, makeDailyReport, reportHtml, reportText, windowOfDay } from '@marquee/monitor';
import { createLogger, MarqueeError, parseCommandLine, runProcess } from '@marquee/service-kit';
import { createRowMaker } from '@marquee/training-sets';
import { wholeNumber } from '../cli/arguments.ts';
import { createProgress } from '../cli/progress.ts';
import { loadDataConfig } from '../config.ts';
import { LAKE_FOLDER } from '../deps.ts';
import { openWorldForTraining } from '../training-sets/open-world-for-training.ts';
import { requireWorldName, SAMPLE_WORLD } from '../world/world-name.ts';

const HELP = `npm run monitor -- [options]: what happened on a day, against the days before

Drift of features and predictions, calibration, skew between serving and training, health of the feedback loop, quality
of the data. Exit code 1 when a check is beyond its alert bound; docs/how-to/read-the-monitor.md explains each.

  --day <YYYY-MM-DD>       UTC; default yesterday
  --last-day               the last 24 hours instead
  --world <name>           default ${SAMPLE_WORLD}; a world that is being served may be looked at, too
  --data-dir <folder>      where worlds are kept (MARQUEE_DATA_DIR, default .marquee)
  --lake <folder>          a lake somewhere else, with the titles and models of the world
  --days-before <n>        that the day is compared with, default 7
  --sample <n>             logged rows that are made again, default 500
  --memory <megabytes>     for DuckDB, default 512
  --json <file>            also write all of it as JSON
  --html <file>            also write it as a page
  --help                   this text
`;

await runProcess(async (signal) => {
  const { values } = parse(process.argv.slice(2));
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const window = windowOf(values);
  const { dataDirectory } = loadDataConfig(process.env, { dataDirectory: values['data-dir'] });
  const folder = join(dataDirectory, requireWorldName(values.world));
  const progress = createProgress(process.stderr);
  progress.phase('titles and models');
  const world = await openWorldForTraining(folder, createLogger({ service: 'monitor', level: 'warn' }));
  const spillFolder = await mkdtemp(join(tmpdir(), 'marquee-monitor-'));
  try {
    const reader = await openLake({
      folder: values.lake ?? join(folder, LAKE_FOLDER),
      memoryMegabytes: wholeNumber('--memory', values.memory, 64, 1_000_000),
      spillFolder,
    });
    try {
      const report = await makeDailyReport({
        ...world,
        reader,
        window,
        rowMaker: createRowMaker({ ...world, signals: await world.servedWith() }),
        parityRows: wholeNumber('--sample', values.sample, 1, 1_000_000),
        parityFrom: await world.servedSince(),
        onPhase: (name) => progress.phase(name),
        signal,
      });
      progress.end();
      process.stdout.write(`\n${reportText(report)}\n`);
      if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
      if (values.html !== undefined) await writeFile(values.html, reportHtml(report));
      if (report.status === 'alert') process.exitCode = 1;
    } finally {
      await reader.close();
    }
  } finally {
    await rm(spillFolder, { recursive: true, force: true });
  }
});

function windowOf(values: ReturnType<typeof parse>['values']): DayWindow {
  const referenceDays = wholeNumber('--days-before', values['days-before'], 1, 90);
  const now = systemClock.now();
  if (values['last-day'] === true) return { from: now - DAY_MS, to: now, referenceDays };
  const day = values.day ?? new Date(now - DAY_MS).toISOString().slice(0, 10);
  try {
    return windowOfDay(day, referenceDays);
  } catch (cause) {
    throw new MarqueeError('CONFIG_INVALID', { message: `--day: ${(cause as Error).message}`, cause });
  }
}

function parse(args: readonly string[]) {
  return parseCommandLine({
    args: [...args],
    options: {
      day: { type: 'string' },
      'last-day': { type: 'boolean', default: false },
      world: { type: 'string', default: SAMPLE_WORLD },
      'data-dir': { type: 'string' },
      lake: { type: 'string' },
      'days-before': { type: 'string', default: '7' },
      sample: { type: 'string', default: '500' },
      memory: { type: 'string', default: '512' },
      json: { type: 'string' },
      html: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
