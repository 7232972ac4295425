/** `npm run loop`: the learning loop, closed, with simulated clients on the GraphQL API, day after day. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { systemClock } from '@marquee/domain';
import { DEFAULT_EXPLORATION, isPolicyName, POLICY_NAMES } from '@marquee/exploration';
import { buildSampleCatalogue, createAudience } from '@marquee/sample-world';
import { createLogger, MarqueeError, parseCommandLine, runProcess } from '@marquee/service-kit';
import { wholeNumber } from '../cli/arguments.ts';
import { codeVersion } from '../cli/code-version.ts';
import { createProgress } from '../cli/progress.ts';
import { type LoopResult, loopReport } from '../loop/loop-report.ts';
import { PLANTS, type Plant } from '../loop/plants.ts';
import { type ArmOptions, runArm } from '../loop/run-arm.ts';
import { openDataDirectory, type World } from '../world/data-directory.ts';
import { ensureWorld } from '../world/ensure-world.ts';
import { SAMPLE_SEED, sampleSource } from '../world/sample-source.ts';

const HELP = `npm run loop -- [options]: simulated viewers use the GraphQL API of a served world; every simulated day a ranker is trained from
what they did, goes through gates, shadow and canary, and is promoted or stopped

  --days <n>            default 7
  --visits <n>          of home pages a day, default 200
  --profiles <n>        audience of the world, default 300; one visit in a day each, as it comes
  --arms <names>        one after another on copies of the same world, default learning
                          learning            as shipped
                          frozen              the first model serves all the time
                          ${POLICY_NAMES.join(', ')}: learning, with this exploration policy
  --plant <list>        bad models on purpose, e.g. bad-labels@3,hurts@5: ${PLANTS.join(' or ')}, and the day
  --seed <n>            default 1
  --report <file>       HTML with plots, default loop/report.html; the figures beside it as .json
  --data-dir <folder>   keep the worlds here; default: a temporary folder
  --help                this text

Takes some two minutes per arm and day on two cores. How to: docs/how-to/train-and-promote.md
`;

await runProcess(async (signal) => {
  const { values } = parse(process.argv.slice(2));
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const number = (flag: string, text: string, most: number): number => wholeNumber(flag, text, 1, most);
  const [days, visitsPerDay] = [
    number('--days', values.days, 365),
    number('--visits', values.visits, 100_000),
  ];
  const profiles = number('--profiles', values.profiles, 20_000);
  const seed = wholeNumber('--seed', values.seed, 0, 0xffffffff);
  const arms = values.arms.split(',').map((name) => armOf(name.trim()));
  const plants = plantsOf(values.plant, days);
  const progress = createProgress(process.stderr);
  const logger = createLogger({ service: 'loop', level: 'error' });
  const root = values['data-dir'] ?? (await mkdtemp(join(tmpdir(), 'marquee-loop-')));
  try {
    const world = await prepared(join(root, 'world'), profiles, signal);
    const now = Date.parse(world.preparedAt);
    const { titles } = buildSampleCatalogue({ now });
    const version = await codeVersion();
    const results: LoopResult['arms'][number][] = [];
    for (const { name, meaning, ...arm } of arms) {
      const folder = join(root, name, world.name);
      await rm(folder, { recursive: true, force: true });
      await cp(join(root, 'world', world.name), folder, { recursive: true });
      const options: ArmOptions = {
        ...{ name, folder, world, profiles, titles: titles.length, days, visitsPerDay, seed, plants },
        ...arm,
        // An arm's own: viewers remember what they have seen.
        audience: createAudience({ seed: SAMPLE_SEED, titles, profiles, now }),
        ...{ codeVersion: version, progress, logger, signal },
      };
      results.push({ name, meaning, days: await runArm(options) });
    }
    const result: LoopResult = {
      ...{ startedAt: new Date(systemClock.now()).toISOString(), seed, profiles, visitsPerDay },
      ...{ codeVersion: version, arms: results },
    };
    const file = resolve(values.report);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, loopReport(result));
    await writeFile(`${file.replace(/\.html$/, '')}.json`, `${JSON.stringify(result, null, 2)}\n`);
    process.stdout.write(`${file}\n`);
  } finally {
    if (values['data-dir'] === undefined) await rm(root, { recursive: true, force: true });
  }
});

async function prepared(folder: string, profiles: number, signal: AbortSignal): Promise<World> {
  const directory = await openDataDirectory(folder);
  try {
    return await ensureWorld({
      ...{ directory, rankerThreads: 1, clock: systemClock, signal, seed: SAMPLE_SEED },
      logger: createLogger({ service: 'loop', level: 'warn' }),
      progress: createProgress(process.stderr),
      source: sampleSource({ profiles }),
    });
  } finally {
    directory.release();
  }
}

function armOf(
  name: string,
): Pick<ArmOptions, 'name' | 'learns' | 'exploration'> & { readonly meaning: string } {
  if (name === 'learning') return { name, meaning: 'as shipped', learns: true };
  if (name === 'frozen') return { name, meaning: 'the first model serves all the time', learns: false };
  if (isPolicyName(name)) {
    const exploration = {
      ...{ ...DEFAULT_EXPLORATION, policy: name },
      // Greedy explores nothing, not even what is new.
      ...(name === 'greedy' && {
        epsilon: 0,
        guarantee: { ...DEFAULT_EXPLORATION.guarantee, impressions: 0 },
      }),
    };
    return { name, meaning: `learning, with ${name} exploration`, learns: true, exploration };
  }
  throw new MarqueeError(
    'CONFIG_INVALID',
    `--arms knows learning, frozen, ${POLICY_NAMES.join(', ')}; not "${name}"`,
  );
}

function plantsOf(text: string | undefined, days: number): ReadonlyMap<number, Plant> {
  const plants = new Map<number, Plant>();
  for (const entry of text?.split(',') ?? []) {
    const [name, day] = entry.trim().split('@');
    const plant = PLANTS.find((each) => each === name);
    const at = Number(day);
    if (plant === undefined || !Number.isInteger(at) || at < 1 || at > days) {
      throw new MarqueeError(
        'CONFIG_INVALID',
        `--plant is a list of ${PLANTS.join(' or ')} and a day, e.g. bad-labels@3`,
      );
    }
    plants.set(at, plant);
  }
  return plants;
}

function parse(args: readonly string[]) {
  return parseCommandLine({
    args: [...args],
    options: {
      days: { type: 'string', default: '7' },
      visits: { type: 'string', default: '200' },
      profiles: { type: 'string', default: '300' },
      arms: { type: 'string', default: 'learning' },
      plant: { type: 'string' },
      seed: { type: 'string', default: '1' },
      report: { type: 'string', default: 'loop/report.html' },
      'data-dir': { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
