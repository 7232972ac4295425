/** `npm run train`: a new candidate from what happened, now; and what trainings there were. */
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@marquee/domain';
import { MarqueeError, parseCommandLine, runProcess } from '@marquee/service-kit';
import { RunLog, TRAINED_MODELS, TRAINING_PRIORITIES } from '@marquee/trainer';
import { DEFAULT_RANKER, RANKER_ALGORITHMS } from '@marquee/training';
import { wholeNumber } from '../cli/arguments.ts';
import { codeVersion } from '../cli/code-version.ts';
import { createProgress } from '../cli/progress.ts';
import { loadDataConfig } from '../config.ts';
import { modelLine } from '../models/model-lines.ts';
import { readWorld } from '../models/model-place.ts';
import { runReport, runsTable } from '../models/training-text.ts';
import { trainingSettings, worldLauncher } from '../models/world-training.ts';
import { requireWorldName, SAMPLE_WORLD } from '../world/world-name.ts';

const HELP = `npm run train -- [options]: trains the home ranker, or what finds candidates for it, from the event lake and registers what comes of it as a candidate

  The training runs in a process of its own, at the lowest priority; the world may be served meanwhile. Nothing changes for
  anybody until the candidate is promoted: npm run models.

  A world that is served trains by itself: every day, when there are many new watches, and when the monitor's alerts of drift or
  calibration ask for it (MARQUEE_TRAIN_EVERY_HOURS, _NEW_WATCHES, _DRIFT_HOURS). The history says why each training was begun.

  --model <name>           ${TRAINED_MODELS.join(', ')}; default ranking. What finds candidates learns from all watches of the lake but the latest tenth
  --ranker <name>          ${RANKER_ALGORITHMS.join(' or ')}; default ${DEFAULT_RANKER}
  --days <n>               learn from the last n days, default 30
  --window-hours <n>       how long what happens to a title counts for its showing, default 24; what is younger is not used
  --seed <n>               default 1; the same lake, options and seed give the same model
  --max-decisions <n>      the latest are taken, default 150000
  --memory <megabytes>     of the process's JavaScript heap, default 1536
  --priority <name>        low; spare: it rests while the machine is busy with other things; normal: where nothing is served beside. Default low
  --why "..."              for the record

  --history                the last 20 trainings instead; --run <id> shows one of them

  --world <name>           default ${SAMPLE_WORLD}
  --data-dir <folder>      where worlds are kept (MARQUEE_DATA_DIR, default .marquee)
  --json                   for programs
  --help                   this text

Exit code 1: nothing was trained. How to: docs/how-to/train-and-promote.md
`;

await runProcess(async (signal) => {
  const { values } = parse(process.argv.slice(2));
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const { dataDirectory } = loadDataConfig(process.env, { dataDirectory: values['data-dir'] });
  const folder = join(dataDirectory, requireWorldName(values.world));
  // Before a record is kept: a name that was mistyped is no world that failed.
  await readWorld(folder);
  const settings = trainingSettings(folder, await codeVersion());
  const log = new RunLog(settings.modelsFolder);
  if (values.history === true || values.run !== undefined) {
    const runs = values.run === undefined ? await log.list() : [await log.read(values.run)];
    const text = values.run === undefined ? runsTable(runs) : runReport(runs[0]!);
    process.stdout.write(`${values.json ? JSON.stringify(runs, null, 2) : text}\n`);
    return;
  }
  const algorithm = RANKER_ALGORITHMS.find((name) => name === values.ranker);
  if (algorithm === undefined) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `--ranker must be ${RANKER_ALGORITHMS.join(' or ')}, not "${values.ranker}"`,
    );
  }
  const priority = TRAINING_PRIORITIES.find((name) => name === values.priority);
  if (priority === undefined) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `--priority must be ${TRAINING_PRIORITIES.join(' or ')}, not "${values.priority}"`,
    );
  }
  const model = modelLine(values.model);
  const progress = createProgress(process.stderr);
  let phase = '';
  const launch = worldLauncher(folder, {
    heapMegabytes: wholeNumber('--memory', values.memory, 128, 1_000_000),
    onProgress(name, done, total) {
      if (name !== phase) progress.phase(name, total);
      phase = name;
      progress.update(done);
    },
  });
  const now = systemClock.now();
  const run = await launch(
    {
      ...settings,
      ...{ model, algorithm, priority, now, by: userInfo().username, why: values.why ?? 'asked for by hand' },
      runId: new Date(now).toISOString().replace(/[-:]/g, '').replace('.', '-'),
      days: wholeNumber('--days', values.days, 1, 3_650),
      windowHours: wholeNumber('--window-hours', values['window-hours'], 1, 24 * 30),
      seed: wholeNumber('--seed', values.seed, 0, 0xffffffff),
      maxDecisions: wholeNumber('--max-decisions', values['max-decisions'], 1, 10_000_000),
    },
    signal,
  );
  progress.end();
  process.stdout.write(`${values.json ? JSON.stringify(run, null, 2) : `\n${runReport(run)}`}\n`);
  if (run.state !== 'succeeded') process.exitCode = 1;
});

function parse(args: readonly string[]) {
  return parseCommandLine({
    args: [...args],
    options: {
      world: { type: 'string', default: SAMPLE_WORLD },
      'data-dir': { type: 'string' },
      model: { type: 'string', default: 'ranking' },
      ranker: { type: 'string', default: DEFAULT_RANKER },
      days: { type: 'string', default: '30' },
      'window-hours': { type: 'string', default: '24' },
      seed: { type: 'string', default: '1' },
      'max-decisions': { type: 'string', default: '150000' },
      memory: { type: 'string', default: '1536' },
      priority: { type: 'string', default: 'low' },
      why: { type: 'string' },
      history: { type: 'boolean', default: false },
      run: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
