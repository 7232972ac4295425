/**
 * Gradient-boosted trees beside xgboost's: the same rows, trees, leaves, bins, learning rate, regularisation and threads; log loss on
 * held-out rows, and the ratio of training times. Both are run in turn; medians, and the ratio of each pair.
 *
 *   node bench/gbdt.ts [--rows 1000000] [--held-out 200000] [--columns 40] [--trees 100] [--leaves 31] [--threads 2] [--runs 3] [--plain]
 *
 * xgboost is Debian's command line tool (`apt-get install xgboost`); without it only our own figures are printed. Its time is what it
 * says itself between reading its file and writing its model, ours is all of `trainGbdt`; both include finding and filling bins. Beside the
 * time by the clock stands that of the processor, all threads together (xgboost's from /proc, of the same stretch): on a machine that
 * does other things too, only its ratio means something.
 * `--plain` adds the plain TypeScript kernels, on one thread.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { createRandom } from '@marquee/domain';
import { type GbdtOptions, type GbdtRows, logLoss, predictGbdt, trainGbdt } from '@marquee/training';
import { median } from './closed-loop.ts';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    'held-out': { type: 'string', default: '200000' },
    columns: { type: 'string', default: '40' },
    trees: { type: 'string', default: '100' },
    leaves: { type: 'string', default: '31' },
    threads: { type: 'string', default: '2' },
    runs: { type: 'string', default: '3' },
    plain: { type: 'boolean', default: false },
  },
});
const COLUMNS = Number(options.columns);
const THREADS = Number(options.threads);
const RUNS = Number(options.runs);
const LEARNING_RATE = 0.1;

interface Result {
  readonly seconds: number;
  /** Of all threads; NaN where the system does not tell it of another process. */
  readonly busySeconds: number;
  readonly logLoss: number;
}

/** Half the columns normal, half uniform, three decimals; a dozen of them matter, in steps, products and waves. */
function generate(rows: number, seed: number): GbdtRows {
  const random = createRandom(seed);
  const matrix = new Float32Array(rows * COLUMNS);
  const labels = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const own = matrix.subarray(row * COLUMNS, (row + 1) * COLUMNS);
    for (let column = 0; column < COLUMNS; column++) {
      const value = column % 2 === 0 ? random.normal() : random.next();
      own[column] = Math.round(1_000 * value) / 1_000;
    }
    const x = (column: number): number => own[column % COLUMNS]!;
    const logit =
      x(0) * x(2) +
      Math.sin(3 * x(4)) +
      (x(1) > 0.5 ? x(6) : -x(8)) +
      0.5 * x(10) +
      2 * x(3) * x(5) -
      (x(7) > 0.8 ? 1 : 0.3) +
      0.3 * x(12) * x(14) * x(16);
    labels[row] = random.next() < 1 / (1 + Math.exp(-logit)) ? 1 : 0;
  }
  return { matrix, rows, columns: COLUMNS, labels };
}

async function writeCsv(path: string, { matrix, rows, labels }: GbdtRows): Promise<void> {
  const file = createWriteStream(path);
  const perWrite = 5_000;
  for (let first = 0; first < rows; first += perWrite) {
    const lines: string[] = [];
    for (let row = first; row < Math.min(rows, first + perWrite); row++) {
      const values = Array.from(matrix.subarray(row * COLUMNS, (row + 1) * COLUMNS), (v) => v.toFixed(3));
      lines.push(`${labels[row]},${values.join(',')}\n`);
    }
    if (!file.write(lines.join(''))) await once(file, 'drain');
  }
  file.end();
  await finished(file);
}

const SETTINGS: GbdtOptions = {
  objective: 'logistic',
  seed: 1,
  trees: Number(options.trees),
  leaves: Number(options.leaves),
  learningRate: LEARNING_RATE,
  // As xgboost's.
  l2: 1,
  minChildWeight: 1,
  minChildRows: 1,
};

async function ours(training: GbdtRows, heldOut: GbdtRows, plain = false): Promise<Result> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  const kernels = plain ? 'plain' : 'webassembly';
  const { model } = await trainGbdt(training, SETTINGS, { threads: THREADS, kernels });
  const seconds = (performance.now() - startedAt) / 1_000;
  const used = process.cpuUsage(before);
  return {
    seconds,
    busySeconds: (used.user + used.system) / 1e6,
    logLoss: logLoss(predictGbdt(model, heldOut.matrix, heldOut.rows), heldOut.labels),
  };
}

async function xgboost(folder: string, heldOut: GbdtRows, positives: number): Promise<Result> {
  const at = (name: string): string => join(folder, name);
  const csv = (name: string): string => `${at(name)}?format=csv&label_column=0`;
  const { said, busySeconds } = await run([
    ...[`data=${csv('training.csv')}`, 'task=train', 'objective=binary:logistic', 'tree_method=hist'],
    ...['grow_policy=lossguide', 'max_depth=0', `max_leaves=${SETTINGS.leaves}`, 'max_bin=256'],
    ...[`eta=${LEARNING_RATE}`, `num_round=${SETTINGS.trees}`, `nthread=${THREADS}`],
    ...['lambda=1', 'min_child_weight=1', `base_score=${positives}`, 'verbosity=2'],
    `model_out=${at('model.json')}`,
  ]);
  const seconds = Number(/update end, ([\d.e+-]+) sec in all/.exec(said)?.[1]);
  if (!Number.isFinite(seconds)) throw new Error(`xgboost did not say how long it took:\n${said}`);
  await run([
    ...['task=pred', `model_in=${at('model.json')}`, `test:data=${csv('held-out.csv')}`],
    `name_pred=${at('predictions.txt')}`,
  ]);
  const lines = (await readFile(at('predictions.txt'), 'utf8')).trim().split('\n');
  return { seconds, busySeconds, logLoss: logLoss(Float64Array.from(lines, Number), heldOut.labels) };
}

/** What it says when the first tree begins. */
const FIRST_TREE = 'boosting round 0';
const SAMPLE_MS = 50;
/** Ticks per second of /proc, the same on every Linux that Node runs on. */
const TICKS = 100;

/** Processor time of a process so far, seconds; NaN where there is no /proc, or no such process. */
function busyUntilNow(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return Number.NaN;
  }
}

/** @returns what it printed, and what it used from the first tree on. The tool wants a configuration file first; an empty one does. */
function run(parameters: readonly string[]): Promise<{ said: string; busySeconds: number }> {
  return new Promise((resolve, reject) => {
    const tool = spawn('xgboost', ['/dev/null', ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    let from = Number.NaN;
    let to = Number.NaN;
    const sample = (): void => {
      const now = busyUntilNow(tool.pid!);
      if (!Number.isNaN(now)) to = now;
    };
    const timer = setInterval(sample, SAMPLE_MS);
    for (const stream of [tool.stdout, tool.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        said += text;
        sample();
        if (Number.isNaN(from) && said.includes(FIRST_TREE)) from = to;
      });
    }
    tool.on('error', reject);
    tool.on('close', (code) => {
      clearInterval(timer);
      if (code === 0) resolve({ said, busySeconds: to - from });
      else reject(new Error(`xgboost ended with ${code}:\n${said}`));
    });
  });
}

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const show = (name: string, results: readonly Result[]): boolean =>
  print(
    `${name.padEnd(20)} ${median(results.map(({ seconds }) => seconds)).toFixed(2)} s (${results.map(({ seconds }) => seconds.toFixed(2)).join(', ')}), ${median(results.map(({ busySeconds }) => busySeconds)).toFixed(2)} s of the processor, log loss ${results.at(-1)!.logLoss.toFixed(6)}`,
  );

const training = generate(Number(options.rows), 1);
const heldOut = generate(Number(options['held-out']), 2);
const installed = spawnSync('xgboost', ['-V']).error === undefined;
print(
  `${training.rows.toLocaleString('en-GB')} rows × ${COLUMNS}, ${SETTINGS.trees} trees of ${SETTINGS.leaves} leaves, ${THREADS} threads, ${RUNS} runs`,
);
const folder = await mkdtemp(join(tmpdir(), 'marquee-gbdt-'));
try {
  if (installed) {
    await writeCsv(join(folder, 'training.csv'), training);
    await writeCsv(join(folder, 'held-out.csv'), heldOut);
  } else print('xgboost is not installed (apt-get install xgboost): nothing to compare with');
  const positives = training.labels.reduce((sum, label) => sum + label, 0) / training.rows;
  const own: Result[] = [];
  const theirs: Result[] = [];
  const plain: Result[] = [];
  for (let i = 0; i < RUNS; i++) {
    own.push(await ours(training, heldOut));
    if (installed) theirs.push(await xgboost(folder, heldOut, positives));
    if (options.plain) plain.push(await ours(training, heldOut, true));
  }
  show('marquee', own);
  if (options.plain) show('plain TypeScript', plain);
  if (installed) {
    show('xgboost', theirs);
    const ratios = own.map(({ seconds }, i) => seconds / theirs[i]!.seconds);
    const busy = own.map(({ busySeconds }, i) => busySeconds / theirs[i]!.busySeconds);
    const off = own.at(-1)!.logLoss / theirs.at(-1)!.logLoss - 1;
    print(
      `time ratio           ${median(ratios).toFixed(2)} (${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`,
    );
    print(
      `processor time ratio ${median(busy).toFixed(2)} (${busy.map((ratio) => ratio.toFixed(2)).join(', ')})`,
    );
    print(`log loss             ${(100 * off).toFixed(3)} % ${off <= 0 ? 'better' : 'worse'} than xgboost's`);
  }
  print(
    `memory               ${((process.resourceUsage().maxRSS * 1_024) / 1e9).toFixed(2)} GB resident at most`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
