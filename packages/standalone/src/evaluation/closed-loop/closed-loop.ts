/**
 * The loop as it runs in earnest: a page is made, a simulated viewer reacts, the events go into the log, every night everything is
 * learned anew. What a page is worth is known from the truth, which no recommender but the oracle may ask.
 *
 * A page's expected watch time is the sum over its first screens of what each title is worth to the viewer, times how likely its place is
 * looked at: less noisy than the seconds of the one visit that is drawn.
 */
import {
  createRandom,
  DAY_MS,
  hash32,
  type MarqueeEvent,
  manualClock,
  type ProfileId,
  QUALIFIED_WATCH_SECONDS,
} from '@marquee/domain';
import { examinationProbability, type LiveClient } from '@marquee/sample-world';
import type { Logger } from '@marquee/service-kit';
import { bootstrapInterval, gini, type Interval } from '@marquee/training';
import type { Progress } from '../../cli/progress.ts';
import { ColdStart, type CurvePoint } from './cold-start.ts';
import { Dissection, type DissectionResult } from './dissection.ts';
import { createLoopWorld, type LoopSession, type LoopWorld } from './loop-world.ts';
import { createWorth, hourOf, type Worth } from './page-worth.ts';
import { createPipelineRecommender, type LoopRanker } from './pipeline.recommender.ts';
import { type LoopPage, PAGE_ROWS, type Recommender, ROW_ITEMS } from './recommender.ts';
import { createOracle, createPopularityRecommender } from './reference.recommenders.ts';

/** Who can make pages: what is popular, the home pipeline with a ranker, the truth. */
export const LOOP_PAGES = [
  'popularity',
  'logistic-regression',
  'gbdt',
  'multi-task',
  'starter',
  'oracle',
] as const;
export type LoopPages = (typeof LOOP_PAGES)[number];
/** Who does unless others are asked for. */
export const DEFAULT_LOOP_PAGES: readonly LoopPages[] = [
  'popularity',
  'logistic-regression',
  'gbdt',
  'oracle',
];

export interface ClosedLoopOptions {
  /** In this order; the others are compared with the first. Default: DEFAULT_LOOP_PAGES. */
  readonly pages?: readonly LoopPages[];
  readonly profiles: number;
  readonly days: number;
  readonly seed: number;
  /** First instant of the first day. */
  readonly start: number;
  readonly progress: Progress;
  readonly logger: Logger;
  readonly signal?: AbortSignal | undefined;
  /** Also say where the home pipeline's distance to the oracle lies. */
  readonly dissect?: boolean;
}

export interface LoopResult {
  readonly recommender: string;
  readonly sessions: number;
  /** Expected seconds per session by the truth, viewer by viewer, with the 95 % bootstrap interval of their mean. */
  readonly expectedSeconds: { readonly mean: number } & Interval;
  /** Against the first recommender, paired by viewer. */
  readonly change: { readonly mean: number } & Interval;
  /** What the simulated viewers then did, per session. */
  readonly watchedSeconds: number;
  /** Share of the titles that anybody may see which were on somebody's first screens. */
  readonly coverage: number;
  /** Share of them that were anywhere on a page that was served. */
  readonly coverageOfPages: number;
  /** Of how often each of them was on first screens: 0 equally often, 1 one title alone. */
  readonly gini: number;
  /** Pages made without a part. */
  readonly degraded: number;
  /** Part → pages made without it. */
  readonly without: Readonly<Record<string, number>>;
  readonly expectedSecondsByDay: readonly number[];
  /** Share of the oracle's expected watch time, of viewers without a past, by watches so far. */
  readonly newProfiles: readonly CurvePoint[];
  /** How much more new titles are worth to those they are shown to than to everybody, by impressions so far. */
  readonly newTitles: readonly CurvePoint[];
  readonly newTitlesShown: number;
  /** Where that was asked for, of pages by the home pipeline. */
  readonly dissection?: DissectionResult;
}

export interface ClosedLoopResult {
  readonly profiles: number;
  readonly days: number;
  readonly seed: number;
  readonly titles: number;
  readonly newProfiles: number;
  readonly newTitles: number;
  readonly results: readonly LoopResult[];
}

export async function runClosedLoop(options: ClosedLoopOptions): Promise<ClosedLoopResult> {
  const { seed, start, logger, signal, progress, dissect = false } = options;
  const world = createLoopWorld(options);
  const common = { world, start, seed, logger, signal };
  const pipeline = (ranker: LoopRanker) => () =>
    createPipelineRecommender({ ...common, name: `home pipeline, ${ranker}`, ranker, dissect });
  const makers: Readonly<Record<LoopPages, () => Promise<Recommender>>> = {
    popularity: async () => createPopularityRecommender(world),
    'logistic-regression': pipeline('logistic-regression'),
    gbdt: pipeline('gbdt'),
    'multi-task': pipeline('multi-task'),
    starter: pipeline('starter'),
    oracle: async () => createOracle(world, hourOf),
  };
  const results: LoopResult[] = [];
  let baseline: ReadonlyMap<ProfileId, number> | undefined;
  for (const pages of options.pages ?? DEFAULT_LOOP_PAGES) {
    const recommender = await makers[pages]();
    try {
      const { result, byViewer } = await runOne(recommender, world, options, baseline);
      baseline ??= byViewer;
      results.push(result);
    } finally {
      await recommender.close();
    }
  }
  progress.end();
  return {
    ...{ profiles: options.profiles, days: options.days, seed },
    titles: world.catalogue.titles.length + world.newTitleIds.size,
    newProfiles: world.newProfileIds.size,
    newTitles: world.newTitleIds.size,
    results,
  };
}

interface Tally {
  readonly shown: Map<string, number>;
  /** Titles anywhere on a page. */
  readonly served: Set<string>;
  readonly cold: ColdStart;
  readonly dissection: Dissection;
  readonly byViewer: Map<ProfileId, { sum: number; sessions: number }>;
  readonly byDay: { sum: number; sessions: number }[];
  watched: number;
  sessions: number;
  degraded: number;
  readonly without: Map<string, number>;
}

async function runOne(
  recommender: Recommender,
  world: LoopWorld,
  options: ClosedLoopOptions,
  baseline: ReadonlyMap<ProfileId, number> | undefined,
): Promise<{ readonly result: LoopResult; readonly byViewer: ReadonlyMap<ProfileId, number> }> {
  const { progress, signal, start, seed } = options;
  const total = world.sessions.reduce((sum, day) => sum + day.length, 0);
  const worth = createWorth(world, start);
  const tally: Tally = {
    ...{ shown: new Map(), served: new Set(), dissection: new Dissection(worth) },
    ...{ cold: new ColdStart(), byViewer: new Map(), byDay: [] },
    ...{ watched: 0, sessions: 0, degraded: 0, without: new Map() },
  };
  const viewers = createViewers(world, seed);
  progress.phase(recommender.name, total);
  for (const [day, sessions] of world.sessions.entries()) {
    await recommender.beginDay(day, start + day * DAY_MS);
    tally.byDay.push({ sum: 0, sessions: 0 });
    for (const session of sessions) {
      signal?.throwIfAborted();
      const page = await recommender.page(session.profileId, session.at);
      const events = visit(viewers, session, page, tally);
      account({ world, worth, session, page, events, tally });
      await recommender.observe(events);
      progress.update(tally.sessions);
    }
  }
  const byViewer = new Map([...tally.byViewer].map(([id, { sum, sessions }]) => [id, sum / sessions]));
  const means = [...byViewer.values()];
  const differences = [...byViewer].map(([id, own]) => own - (baseline?.get(id) ?? own));
  const titles = world.catalogue.titles.length + world.newTitleIds.size;
  const counts = [...tally.shown.values()];
  const dissection = tally.dissection.result();
  return {
    byViewer,
    result: {
      recommender: recommender.name,
      sessions: tally.sessions,
      expectedSeconds: { mean: mean(means), ...bootstrapInterval(means, { seed }) },
      change: { mean: mean(differences), ...bootstrapInterval(differences, { seed }) },
      watchedSeconds: tally.watched / Math.max(1, tally.sessions),
      coverage: tally.shown.size / titles,
      coverageOfPages: tally.served.size / titles,
      gini: gini([...counts, ...new Array<number>(Math.max(0, titles - counts.length)).fill(0)]),
      degraded: tally.degraded,
      without: Object.fromEntries(tally.without),
      expectedSecondsByDay: tally.byDay.map(({ sum, sessions }) => sum / Math.max(1, sessions)),
      newProfiles: tally.cold.newProfiles,
      newTitles: tally.cold.newTitles,
      newTitlesShown: tally.cold.newTitlesShown,
      ...(dissection && { dissection }),
    },
  };
}

type Viewers = (session: LoopSession) => LiveClient;

/** Each a person of their own, who draws the same chances whoever makes the pages. */
function createViewers({ audience }: LoopWorld, seed: number): Viewers {
  const clients = new Map<ProfileId, { client: LiveClient; set(instant: number): void }>();
  return ({ profileId, at }) => {
    let own = clients.get(profileId);
    if (own === undefined) {
      const clock = manualClock(at);
      const random = createRandom(hash32(profileId, seed));
      own = {
        client: audience.liveClient({
          ...{ profileId, clock, random, device: 'TV' },
          ...{ rows: PAGE_ROWS, itemsPerRow: ROW_ITEMS },
        }),
        set: (instant) => clock.set(instant),
      };
      clients.set(profileId, own);
    }
    own.set(at);
    return own.client;
  };
}

function visit(
  viewers: Viewers,
  session: LoopSession,
  page: LoopPage,
  tally: Tally,
): readonly MarqueeEvent[] {
  const items = page.rows.flatMap((row, r) =>
    row.map((titleId, position) => ({
      ...{ titleId, row: r, position },
      ...(page.slateId !== undefined && { slateId: page.slateId }),
    })),
  );
  const { actions, watchedSeconds } = viewers(session).visit(items);
  tally.sessions++;
  tally.watched += watchedSeconds;
  if (page.without.length > 0) tally.degraded++;
  for (const part of page.without) tally.without.set(part, (tally.without.get(part) ?? 0) + 1);
  return actions.map(({ trackingToken: _, ...event }) => event as MarqueeEvent);
}

interface Accounted {
  readonly world: LoopWorld;
  readonly worth: Worth;
  readonly session: LoopSession;
  readonly page: LoopPage;
  readonly events: readonly MarqueeEvent[];
  readonly tally: Tally;
}

function account({ world, worth, session, page, events, tally }: Accounted): void {
  const { profileId, at } = session;
  tally.dissection.add(page, profileId, at);
  for (const row of page.rows) for (const titleId of row) tally.served.add(titleId);
  let expected = 0;
  for (const [r, row] of page.rows.slice(0, PAGE_ROWS).entries()) {
    for (const [position, titleId] of row.slice(0, ROW_ITEMS).entries()) {
      const seconds = worth.seconds(profileId, titleId, at);
      expected += examinationProbability(r, position) * seconds;
      tally.shown.set(titleId, (tally.shown.get(titleId) ?? 0) + 1);
      if (world.newTitleIds.has(titleId)) tally.cold.addShowing(titleId, seconds / worth.mean(titleId));
    }
  }
  const own = tally.byViewer.get(profileId) ?? { sum: 0, sessions: 0 };
  tally.byViewer.set(profileId, { sum: own.sum + expected, sessions: own.sessions + 1 });
  const today = tally.byDay.at(-1)!;
  today.sum += expected;
  today.sessions++;
  if (world.newProfileIds.has(profileId)) {
    tally.cold.addPage(profileId, expected / worth.best(profileId, at));
  }
  let watches = 0;
  for (const event of events) {
    if (event.type !== 'PLAY_STOP') continue;
    if ((event.payload.watchedSeconds ?? 0) > QUALIFIED_WATCH_SECONDS) watches++;
    worth.watched(profileId, event);
  }
  tally.cold.addWatches(profileId, watches);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
