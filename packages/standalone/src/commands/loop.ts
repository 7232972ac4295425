/** `npm run loop`: the learning loop, closed, with simulated clients on the GraphQL API, day after day. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DAY_MS, systemClock } from '@marquee/domain';
import { buildSampleCatalogue, createAudience } from '@marquee/sample-world';
import { createLogger, MarqueeError, parseCommandLine, runProcess } from '@marquee/service-kit';
import { DEFAULT_RANKER, RANKER_ALGORITHMS } from '@marquee/training';
import { wholeNumber } from '../cli/arguments.ts';
import { codeVersion } from '../cli/code-version.ts';
import { createProgress, type Progress } from '../cli/progress.ts';
import { arrivalsOf } from '../loop/arrivals.ts';
import { ARM_NAMES, armOf } from '../loop/loop-arms.ts';
import { loopReport } from '../loop/loop-report.ts';
import type { LoopResult } from '../loop/loop-result.ts';
import { compareArms, comparisonTable, daysTable, verdicts, verdictsTable } from '../loop/loop-tables.ts';
import { PLANTS, type Plant } from '../loop/plants.ts';
import { type ArmOptions, type LoopDay, runArm } from '../loop/run-arm.ts';
import { timeLeft } from '../loop/time-left.ts';
import { openDataDirectory, type World } from '../world/data-directory.ts';
import { ensureWorld } from '../world/ensure-world.ts';
import { SAMPLE_HISTORY_DAYS, SAMPLE_SEED, sampleSource } from '../world/sample-source.ts';

/** A canary that was begun on the first has had its four. */
const DAYS_OF_A_PLANT = 5;

const HELP = `npm run loop -- [options]: simulated viewers use the GraphQL API of a served world; every simulated day a ranker is trained from
what they did, goes through gates, shadow and canary, and is promoted or stopped

  --days <n>               default 7
  --visits <n>             of home pages a day, default 400
  --profiles <n>           audience of the world, default 300; one visit in a day each, as it comes
  --history-days <n>       what the world and its first ranker know of the time before, default ${SAMPLE_HISTORY_DAYS}; with five days there is too
                           little to train from, and the first ranker is the one of an installation without a history
  --arriving <n>           titles that come into the catalogue every morning, of which nobody knows anything; default 12
  --ranker <name>          that is trained: ${RANKER_ALGORITHMS.join(' or ')}; default ${DEFAULT_RANKER}
  --arms <names>           one after another on copies of the same world, the same viewers at the same hours; default learning,greedy,frozen
                           learning            as shipped
                           frozen              the first model serves all the time
                           greedy              learning, and every place goes to what is best by what was learned: nothing is explored
                           ${ARM_NAMES.slice(3).join(', ')}: learning, with this exploration policy
  --plant <list>           what can go wrong, on purpose; a table says who stopped it, exit code 1 when nobody did
                           bad-labels          a model whose labels were shuffled: the gates are to stop it
                           blind               the same, forced past the gates: the shadow stage
                           harmful             nothing that can be examined without serving it speaks against it: the canary's guardrails
                           skew                a feature is computed otherwise where it is served: the monitor
                           @<day> says when, default 1: bad-labels@2,harmful@3. With a plant the default is --arms learning, and as many days as it takes
                           until all are stopped, ${DAYS_OF_A_PLANT} at most: a canary's time is over by then, whatever its guardrails can say
  --seed <n>               default 1
  --report <file>          HTML with plots, default loop/report.html; the figures beside it as .json
  --data-dir <folder>      keep the worlds here; default: a temporary folder
  --help                   this text

A day takes about a minute and a half of one core per arm that learns, half of it without. How to: docs/how-to/train-and-promote.md
`;

await runProcess(async (signal) => {
  const { values } = parse(process.argv.slice(2));
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const number = (flag: string, text: string, most: number): number => wholeNumber(flag, text, 1, most);
  const planting = values.plant !== undefined;
  const days = number('--days', values.days ?? String(planting ? DAYS_OF_A_PLANT : 7), 365);
  const visitsPerDay = number('--visits', values.visits, 100_000);
  const profiles = number('--profiles', values.profiles, 20_000);
  const historyDays = number('--history-days', values['history-days'], 365);
  const perDay = wholeNumber('--arriving', values.arriving, 0, 10_000);
  const seed = wholeNumber('--seed', values.seed, 0, 0xffffffff);
  const named = values.arms ?? (planting ? 'learning' : 'learning,greedy,frozen');
  const arms = named.split(',').map((name) => armOf(name.trim()));
  const plants = plantsOf(values.plant, days);
  if (plants.size > 0 && !arms.some(({ learns }) => learns)) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      '--plant needs an arm that learns: in the others nobody would stop it',
    );
  }
  const algorithm = RANKER_ALGORITHMS.find((name) => name === values.ranker);
  if (algorithm === undefined)
    throw new MarqueeError('CONFIG_INVALID', `--ranker must be ${RANKER_ALGORITHMS.join(' or ')}`);
  const progress = createProgress(process.stderr);
  const logger = createLogger({ service: 'loop', level: 'error' });
  const root = values['data-dir'] ?? (await mkdtemp(join(tmpdir(), 'marquee-loop-')));
  try {
    // One for each audience: another one would not be the one that was asked for.
    // What a title is called does not hang on when the catalogue is made.
    const arriving = arrivalsOf(buildSampleCatalogue({ now: 0 }).titles, { perDay, days, seed });
    const without = new Set(arriving.flat().map(({ id }) => id));
    const begun = join(root, `world-${profiles}-${historyDays}-${perDay}x${days}-${seed}`);
    const world = await prepared(begun, { profiles, historyDays, without }, signal);
    const now = Date.parse(world.preparedAt);
    // Not the next one: an arm must not begin after it, however long those before it took.
    const begin = (Math.ceil(systemClock.now() / DAY_MS) + 1) * DAY_MS;
    const { titles } = buildSampleCatalogue({ now });
    const byId = new Map(titles.map((title) => [title.id, title]));
    const version = await codeVersion();
    const clockwork = timeLeft(arms.map(({ learns }) => ({ learns, days })));
    const results: LoopResult['arms'][number][] = [];
    for (const { name, meaning, ...arm } of arms) {
      const folder = join(root, name, world.name);
      await rm(folder, { recursive: true, force: true });
      await cp(join(begun, world.name), folder, { recursive: true });
      const options: ArmOptions = {
        ...{ name, folder, world, profiles, titles: titles.length, historyDays, begin, days },
        arriving: arriving.map((day) => day.map(({ id }) => byId.get(id)!)),
        ...{ visitsPerDay, seed },
        ...{ ...arm, algorithm, plants },
        // An arm's own: viewers remember what they have seen.
        audience: createAudience({ seed: SAMPLE_SEED, titles, profiles, now }),
        ...{ codeVersion: version, progress, logger, signal, timeLeft: clockwork.text },
        onDay(day) {
          clockwork.dayDone(arm.learns);
          note(progress, day);
        },
        // Who names the days wants to see them all.
        ...(planting && values.days === undefined && { isOver: allStopped(name, plants.size) }),
      };
      results.push({ name, meaning, days: await runArm(options) });
    }
    const result: LoopResult = {
      ...{ startedAt: new Date(systemClock.now()).toISOString(), seed, profiles, visitsPerDay, historyDays },
      ...{ algorithm, codeVersion: version, arms: results },
    };
    const file = resolve(values.report);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, loopReport(result));
    await writeFile(`${file.replace(/\.html$/, '')}.json`, `${JSON.stringify(result)}\n`);
    process.stdout.write(`\n${daysTable(result)}\n`);
    if (arms.length > 1) process.stdout.write(`\n${comparisonTable(compareArms(result))}\n`);
    const stopped = verdicts(result);
    if (stopped.length > 0) process.stdout.write(`\n${verdictsTable(stopped)}\n`);
    process.stdout.write(`\n${file}\n`);
    if (stopped.some(({ stoppedBy }) => stoppedBy === undefined)) process.exitCode = 1;
  } finally {
    if (values['data-dir'] === undefined) await rm(root, { recursive: true, force: true });
  }
});

function allStopped(arm: string, plants: number): (days: readonly LoopDay[]) => boolean {
  return (days) => {
    const stopped = verdicts({ arms: [{ name: arm, days }] }).filter(
      ({ stoppedBy }) => stoppedBy !== undefined,
    );
    return stopped.length === plants;
  };
}

async function prepared(
  folder: string,
  audience: Parameters<typeof sampleSource>[0],
  signal: AbortSignal,
): Promise<World> {
  const directory = await openDataDirectory(folder);
  try {
    return await ensureWorld({
      ...{ directory, rankerThreads: 1, clock: systemClock, signal, seed: SAMPLE_SEED },
      logger: createLogger({ service: 'loop', level: 'warn' }),
      progress: createProgress(process.stderr),
      source: sampleSource(audience),
    });
  } finally {
    directory.release();
  }
}

function note(progress: Progress, day: LoopDay): void {
  const { expectedMinutes, regretMinutes, coverage, gini, moves, training } = day;
  progress.note?.(
    `day ${day.day}: ${expectedMinutes.toFixed(1)} expected minutes, regret ${regretMinutes.toFixed(1)}, coverage ${(coverage * 100).toFixed(1)} %, Gini ${gini.toFixed(3)}`,
  );
  if (training?.state === 'skipped') progress.note?.(`  no training: ${training.result?.detail}`);
  for (const { version, kind, to, why } of moves) progress.note?.(`  ${version} ${kind} → ${to}: ${why}`);
  for (const { check, detail } of day.monitor?.alerts ?? []) {
    progress.note?.(`  the monitor alerts: ${check}, ${detail}`);
  }
}

function plantsOf(text: string | undefined, days: number): ReadonlyMap<number, Plant> {
  const plants = new Map<number, Plant>();
  for (const entry of text?.split(',') ?? []) {
    const [name, day = '1'] = entry.trim().split('@');
    const plant = PLANTS.find((each) => each === name);
    const at = Number(day);
    if (plant === undefined || !Number.isInteger(at) || at < 1 || at > days || plants.has(at)) {
      throw new MarqueeError(
        'CONFIG_INVALID',
        `--plant is a list of ${PLANTS.join(' or ')}, each on a day of its own up to ${days}, e.g. bad-labels@1,harmful@2`,
      );
    }
    if (plant === 'skew' && at !== 1)
      throw new MarqueeError('CONFIG_INVALID', '--plant skew is there from the first day');
    plants.set(at, plant);
  }
  return plants;
}

function parse(args: readonly string[]) {
  return parseCommandLine({
    args: [...args],
    options: {
      days: { type: 'string' },
      visits: { type: 'string', default: '400' },
      profiles: { type: 'string', default: '300' },
      arriving: { type: 'string', default: '12' },
      'history-days': { type: 'string', default: String(SAMPLE_HISTORY_DAYS) },
      ranker: { type: 'string', default: DEFAULT_RANKER },
      arms: { type: 'string' },
      plant: { type: 'string' },
      seed: { type: 'string', default: '1' },
      report: { type: 'string', default: 'loop/report.html' },
      'data-dir': { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
