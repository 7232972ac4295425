/**
 * The pipeline's own account of its time, from the traces it logs, for uncached home pages of all profiles in turn;
 * what the main thread did meanwhile, which says more than the clock where others use the machine too; and the raw
 * parts in the same run: one scoring, one vector search and one multi-get of the same sizes.
 */
import { join } from 'node:path';
import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { createRandom, systemClock } from '@marquee/domain';
import { SHIPPED_EXPERIMENTS } from '@marquee/experiment';
import { fileExperiments } from '@marquee/experimentation';
import { RANKING_COLUMNS, titlePopularityView } from '@marquee/features';
import { groupContributions } from '@marquee/model-runtime/contributions';
import { createLogger, startAll, stopAll } from '@marquee/service-kit';
import { composeMarquee } from '../packages/standalone/src/compose.ts';
import { embeddedDeps, type MarqueeDeps } from '../packages/standalone/src/deps.ts';
import { openDataDirectory } from '../packages/standalone/src/world/data-directory.ts';
import { faulty } from '../subgraphs/recommendation/src/test/faults.ts';
import { median, percentile } from './closed-loop.ts';

const WARM_UP = 50;
const PAGES = 300;
/** Viewers whose pages are asked for again and again. */
const KEPT = 20;
/** As many as the first screen of picks has, by as many groups as reasons are made from. */
const EXPLAINED = 12;
const GROUPS = [[0, 1], [2], [3, 4], [5, 6], [7], [8, 9]];

interface LoggedTrace {
  readonly milliseconds: number;
  readonly components: readonly {
    name: string;
    kind: string;
    milliseconds: number;
    input?: number;
    output?: number;
  }[];
}

/** A Markdown table. @param dataDirectory with the sample world in it; nobody may be serving it. */
export async function stageTimes(
  dataDirectory: string,
  worldName = 'sample',
  { preRankTo }: { readonly preRankTo?: number } = {},
): Promise<string> {
  const directory = await openDataDirectory(dataDirectory);
  const world = await directory.readWorld(worldName);
  if (world === undefined) throw new Error(`${dataDirectory} has no world ${worldName}`);
  const folder = join(directory.path, world.name);
  const traces: LoggedTrace[] = [];
  const logger = createLogger({
    service: 'bench',
    level: 'trace',
    destination: {
      write(line: string) {
        if (line.includes('"home page made"'))
          traces.push((JSON.parse(line) as { trace: LoggedTrace }).trace);
      },
    },
  });
  const embedded = embeddedDeps({ folder, clock: systemClock, logger, rankerThreads: 1 });
  const store = faulty(embedded.store);
  const deps: MarqueeDeps = { ...embedded, store: store.port };
  const marquee = composeMarquee(deps, {
    folder,
    model: world.model,
    collaborative: world.collaborative,
    tokenSecret: world.tokenSecret,
    experiments: fileExperiments(SHIPPED_EXPERIMENTS),
    artworkBaseUrl: '',
    ...(preRankTo !== undefined && { preRankTo }),
  });
  await startAll(marquee.components, logger);
  try {
    const profiles = await deps.profiles.list({ first: 100 });
    const collections = watchCollections();
    const turns = monitorEventLoopDelay({ resolution: 1 });
    const uncached = await timed(WARM_UP + PAGES, (i) => {
      if (i === WARM_UP) {
        traces.length = 0;
        collections.clear();
        turns.enable();
      }
      return marquee.home.home({
        profileId: profiles[i % profiles.length]!.id,
        excludeTitleIds: [`bench-${i}`],
      });
    });
    turns.disable();
    const collected = collections.stop();
    const made = traces.slice();
    for (const { id } of profiles.slice(0, KEPT)) await marquee.home.home({ profileId: id });
    const kept = await timed(WARM_UP + PAGES, (i) =>
      marquee.home.home({ profileId: profiles[i % KEPT]!.id }),
    );
    const parts = await rawParts(deps);
    store.fault = 'rejects';
    const degraded = await timed(WARM_UP + PAGES, (i) =>
      marquee.home.home({
        profileId: profiles[i % profiles.length]!.id,
        excludeTitleIds: [`degraded-${i}`],
      }),
    );
    store.fault = 'none';
    const delay = `A turn of the event loop came late by ${(turns.percentile(50) / 1e6).toFixed(1)} ms (p50), ${(turns.percentile(99) / 1e6).toFixed(1)} ms (p99), ${(turns.max / 1e6).toFixed(1)} ms at most.`;
    return [
      stageTable(made, uncached.whole, uncached.busy),
      delay,
      collected,
      cheapTable({ 'kept from before': kept, 'made without the online store': degraded }),
      parts,
    ].join('\n\n');
  } finally {
    await stopAll(marquee.components, logger, 10_000);
    directory.release();
  }
}

interface Times {
  /** Milliseconds by the clock, per page. */
  readonly whole: number[];
  /** Of the main thread's processor time. */
  readonly busy: number[];
}

/** One page after the other; those of the warm-up do not count. */
async function timed(pages: number, page: (i: number) => Promise<unknown>): Promise<Times> {
  const whole: number[] = [];
  const busy: number[] = [];
  for (let i = 0; i < pages; i++) {
    const startedAt = performance.now();
    const before = process.threadCpuUsage();
    await page(i);
    if (i < WARM_UP) continue;
    whole.push(performance.now() - startedAt);
    const { user, system } = process.threadCpuUsage(before);
    busy.push((user + system) / 1_000);
  }
  return { whole, busy };
}

function cheapTable(kinds: Readonly<Record<string, Times>>): string {
  const rows = Object.entries(kinds).map(
    ([name, { whole, busy }]) =>
      `| ${name} | ${figure(whole, 50)} | ${figure(whole, 99)} | ${figure(busy, 50)} | ${figure(busy, 99)} |`,
  );
  return [
    'Pages that take less:',
    '',
    '| page | p50 ms | p99 ms | processor time p50 | p99 |',
    '|---|---:|---:|---:|---:|',
    ...rows,
  ].join('\n');
}

/** Pauses of the main thread's collections; work between pauses is in the pages' own times. */
function watchCollections(): { clear(): void; stop(): string } {
  const pauses = new Map<string, number[]>();
  const names = new Map<unknown, string>([
    [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
    [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'start of a major one'],
    [constants.NODE_PERFORMANCE_GC_MAJOR, 'end of a major one'],
  ]);
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail } = entry as unknown as { detail: { kind: unknown } };
      const name = names.get(detail.kind) ?? 'other';
      pauses.set(name, [...(pauses.get(name) ?? []), entry.duration]);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return {
    clear: () => pauses.clear(),
    stop() {
      observer.disconnect();
      const rows = [...pauses].map(
        ([name, times]) =>
          `| ${name} | ${times.length} | ${figure(times, 50)} | ${figure(times, 100)} | ${times.reduce((a, b) => a + b, 0).toFixed(0)} |`,
      );
      return [
        'Pauses for garbage collection meanwhile:',
        '',
        '| collection | times | p50 ms | longest ms | together ms |',
        '|---|---:|---:|---:|---:|',
        ...rows,
      ].join('\n');
    },
  };
}

function stageTable(
  traces: readonly LoggedTrace[],
  whole: readonly number[],
  busy: readonly number[],
): string {
  const stages = new Map<string, { kind: string; times: number[]; sizes: number[] }>();
  for (const trace of traces) {
    for (const component of trace.components) {
      const stage = stages.get(component.name) ?? { kind: component.kind, times: [], sizes: [] };
      stage.times.push(component.milliseconds);
      stage.sizes.push(component.output ?? component.input ?? 0);
      stages.set(component.name, stage);
    }
  }
  const rows = [...stages].map(
    ([name, { kind, times, sizes }]) =>
      `| ${name} | ${kind} | ${figure(times, 50)} | ${figure(times, 99)} | ${median(sizes)} |`,
  );
  const pipeline = traces.map((trace) => trace.milliseconds);
  return [
    `Home pages in process, ${whole.length} uncached, one at a time (stages of one kind run side by side, so their times do not add up):`,
    '',
    '| stage | kind | p50 ms | p99 ms | candidates |',
    '|---|---|---:|---:|---:|',
    ...rows,
    `| **pipeline** | | ${figure(pipeline, 50)} | ${figure(pipeline, 99)} | |`,
    `| **page, with rows and slate** | | ${figure([...whole], 50)} | ${figure([...whole], 99)} | |`,
    `| **main thread's processor time, per page** | | ${figure([...busy], 50)} | ${figure([...busy], 99)} | |`,
  ].join('\n');
}

async function rawParts(deps: MarqueeDeps): Promise<string> {
  const random = createRandom(1);
  const ids = deps.titles.newest().slice(0, 1_000);
  const columns = RANKING_COLUMNS.length;
  const matrix = Float32Array.from({ length: ids.length * columns }, () => random.next());
  const [vector] = await deps.vectorIndex.vectors([ids[0]!]);
  const parts: [string, () => Promise<unknown>][] = [
    [
      `score ${ids.length} × ${columns}`,
      () => deps.modelRuntime.score({ matrix, rows: ids.length, columns }),
    ],
    [
      `search ${deps.titles.size} titles, top 500`,
      () => deps.vectorIndex.search([{ vector: vector!, k: 500 }]),
    ],
    [
      `explain ${EXPLAINED} titles by ${GROUPS.length} groups of columns`,
      () =>
        groupContributions(deps.modelRuntime, {
          ...{ matrix: matrix.subarray(0, EXPLAINED * columns), rows: EXPLAINED, columns },
          ...{ baseline: new Float32Array(columns), groups: GROUPS },
        }),
    ],
    [`multi-get ${ids.length} keys`, () => deps.store.getMany(ids.map((id) => titlePopularityView.key(id)))],
  ];
  const rows: string[] = [];
  for (const [name, run] of parts) {
    const times: number[] = [];
    for (let i = 0; i < 200; i++) {
      const startedAt = performance.now();
      await run();
      if (i >= 50) times.push(performance.now() - startedAt);
    }
    rows.push(`| ${name} | ${figure(times, 50)} | ${figure(times, 99)} |`);
  }
  return ['Raw parts in the same run:', '', '| part | p50 ms | p99 ms |', '|---|---:|---:|', ...rows].join(
    '\n',
  );
}

function figure(values: number[], p: number): string {
  return percentile(
    values.toSorted((a, b) => a - b),
    p,
  ).toFixed(2);
}
