/**
 * Offline evaluation of the home ranking. A world is prepared from the training part of a history, exactly as
 * `npm start` prepares one, and asked for its ranking of every test profile as of the split.
 *
 * Metrics are means over profiles; relevant titles are those of the holdout, all of them, so recall@50 is
 * bounded by 50 / |relevant| for heavy watchers. Coverage is the share of servable titles in anybody's top 10;
 * novelty is the mean self-information, in bits, of the top 10 under training popularity.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFeedback, type MarqueeEvent, manualClock } from '@marquee/domain';
import { fixedExperiments, parseExperiments } from '@marquee/experimentation';
import type { HomeService } from '@marquee/recommendation';
import { type Logger, MarqueeError, startAll, stopAll } from '@marquee/service-kit';
import { bootstrapInterval, coverageAtK, ndcgAtK, noveltyAtK, recallAtK } from '@marquee/training';
import type { Progress } from '../cli/progress.ts';
import { composeMarquee } from '../compose.ts';
import { embeddedDeps } from '../deps.ts';
import { fillWorld } from '../world/fill-world.ts';
import { catalogueBatches, type GroundTruth, type WorldContents } from '../world/world-source.ts';
import { type Protocol, splitHoldout } from './holdout.ts';
import { popularityRanker, type Ranker, randomRanker } from './rankers.ts';

const TOP = 50;
/** Every profile is served the same policy. */
const NO_EXPERIMENTS = { layers: [], experiments: [] };
const RANK_ATTEMPTS = 5;
const EVENTS_PER_BATCH = 20_000;

export interface EvaluationOptions {
  readonly protocol: Protocol;
  readonly testDays: number;
  readonly testFraction: number;
  /** Profiles asked for a ranking at most; chosen by id order. */
  readonly maxProfiles: number;
  readonly seed: number;
  readonly progress: Progress;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
}

export interface RankerResult {
  readonly ranker: string;
  readonly ndcg10: number;
  /**
   * NDCG@10 minus that of popularity, profile by profile, with its 95 % bootstrap interval: whether a ranking helps
   * is read here, since profiles differ far more from each other than rankings do.
   */
  readonly gain: { readonly mean: number; readonly lower: number; readonly upper: number };
  readonly recall50: number;
  readonly coverage10: number;
  readonly novelty10: number;
  /** Mean true expected watch, in seconds, of the first ten titles, each if examined. Simulated worlds only. */
  readonly trueSeconds10?: number;
}

export interface EvaluationResult {
  readonly protocol: Protocol;
  readonly profiles: number;
  readonly trainEvents: number;
  readonly titles: number;
  readonly results: readonly RankerResult[];
}

export async function evaluate(
  contents: WorldContents,
  options: EvaluationOptions,
): Promise<EvaluationResult> {
  const { progress, logger, signal } = options;
  progress.phase('reading the history');
  const events: MarqueeEvent[] = [];
  for await (const batch of contents.events) {
    signal?.throwIfAborted();
    for (const event of batch) events.push(event);
    progress.update(events.length);
  }
  const split = splitHoldout(events, options.protocol, options);
  const profileIds = [...split.relevant.keys()].sort().slice(0, options.maxProfiles);
  const folder = await mkdtemp(join(tmpdir(), 'marquee-evaluation-'));
  try {
    // The clock of the whole composition stands at the split: nothing can look past it.
    const clock = manualClock(split.now);
    const embed = () => embeddedDeps({ folder, clock, logger, rankerThreads: 1 });
    const filled = await fillWorld(
      embed(),
      {
        catalogue: {
          batches: catalogueBatches(contents.catalogue),
          expected: contents.catalogue.titles.length,
        },
        events: { batches: batches(split.train), expected: split.train.length },
      },
      { folder, seed: options.seed, progress, signal },
    );
    const deps = embed();
    const marquee = composeMarquee(deps, {
      folder,
      model: filled.model,
      tokenSecret: 'evaluation issues no tokens to anybody',
      experiments: fixedExperiments(parseExperiments(NO_EXPERIMENTS)),
      artworkBaseUrl: '',
      backgroundRefresh: false,
    });
    await startAll(marquee.components, logger);
    try {
      const watched = watchedTitles(split.train);
      const servable = deps.titles.newest().filter((id) => marquee.isServable(id));
      const servableSet = new Set(servable);
      const context = { now: split.now, servable: (id: string) => servableSet.has(id) };
      const rankers: Ranker[] = [
        popularityRanker('popularity', split.train, context),
        popularityRanker('popularity, 14-day half-life', split.train, { ...context, halfLifeDays: 14 }),
        randomRanker(servable, options.seed),
        pipelineRanker(marquee.home, options.seed),
        ...(contents.groundTruth === undefined ? [] : [oracleRanker(contents.groundTruth, split.now)]),
      ];
      const popularity = trainingPopularity(watched);
      const test: TestSet = { ...split, watched, popularity, catalogueSize: servable.length };
      const results: RankerResult[] = [];
      // The first ranking is what the others are compared with.
      let baseline: readonly number[] | undefined;
      for (const ranker of rankers) {
        progress.phase(`ranking: ${ranker.name}`, profileIds.length);
        const measured = await measure(ranker, profileIds, test, contents.groundTruth, options, baseline);
        const { ndcgByProfile, ...result } = measured;
        baseline ??= ndcgByProfile;
        results.push(result);
      }
      progress.end();
      return {
        protocol: options.protocol,
        profiles: profileIds.length,
        trainEvents: split.train.length,
        titles: servable.length,
        results,
      };
    } finally {
      await stopAll(marquee.components, logger, 10_000);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * A ranking that was degraded says nothing about the pipeline. Stages have serving's tight deadlines, which a busy
 * machine can miss once; a profile whose ranking stays degraded ends the evaluation.
 */
function pipelineRanker(home: HomeService, seed: number): Ranker {
  return {
    name: 'home pipeline',
    async rank(profileId, _watched, k) {
      for (let attempt = 1; ; attempt++) {
        const ranked = await home.rank({ profileId, k, seed });
        const [degradation] = ranked.degradations;
        if (degradation === undefined) return ranked.titleIds;
        if (attempt === RANK_ATTEMPTS) {
          throw new MarqueeError(
            'DEPENDENCY_UNAVAILABLE',
            `the ranking for ${profileId} stayed degraded: ${degradation.message}`,
          );
        }
      }
    },
  };
}

/** The best anybody could do; what is left between it and a ranking is that ranking's regret. */
function oracleRanker(truth: GroundTruth, now: number): Ranker {
  return {
    name: 'oracle (ground truth)',
    rank: async (profileId, watched, k) => truth.oracle(profileId, now, k, watched),
  };
}

interface TestSet {
  readonly now: number;
  readonly relevant: ReadonlyMap<string, ReadonlySet<string>>;
  readonly watched: ReadonlyMap<string, ReadonlySet<string>>;
  /** Number of profiles that watched each title. */
  readonly popularity: ReadonlyMap<string, number>;
  readonly catalogueSize: number;
}

async function measure(
  ranker: Ranker,
  profileIds: readonly string[],
  test: TestSet,
  truth: GroundTruth | undefined,
  options: EvaluationOptions,
  baseline?: readonly number[],
): Promise<RankerResult & { readonly ndcgByProfile: readonly number[] }> {
  const ndcg: number[] = [];
  const recall: number[] = [];
  const seconds: number[] = [];
  const lists: (readonly string[])[] = [];
  for (const [i, profileId] of profileIds.entries()) {
    options.signal?.throwIfAborted();
    const list = await ranker.rank(profileId, test.watched.get(profileId) ?? new Set(), TOP);
    const wanted = test.relevant.get(profileId)!;
    ndcg.push(ndcgAtK(list, wanted, 10));
    recall.push(recallAtK(list, wanted, TOP));
    if (truth !== undefined) {
      seconds.push(mean(list.slice(0, 10).map((id) => truth.expectedWatchSeconds(profileId, id, test.now))));
    }
    lists.push(list);
    options.progress.update(i + 1);
  }
  const differences = ndcg.map((value, i) => value - (baseline?.[i] ?? value));
  return {
    ranker: ranker.name,
    ndcg10: mean(ndcg),
    gain: { mean: mean(differences), ...bootstrapInterval(differences, { seed: options.seed }) },
    ndcgByProfile: ndcg,
    recall50: mean(recall),
    coverage10: coverageAtK(lists, test.catalogueSize, 10),
    novelty10: noveltyAtK(lists, test.popularity, test.watched.size, 10),
    ...(truth === undefined ? {} : { trueSeconds10: mean(seconds) }),
  };
}

function watchedTitles(events: readonly MarqueeEvent[]): Map<string, Set<string>> {
  const watched = new Map<string, Set<string>>();
  for (const event of events) {
    if (!isFeedback(event) || event.type === 'IMPRESSION' || event.type === 'DETAILS_OPENED') continue;
    let own = watched.get(event.profileId);
    if (own === undefined) {
      own = new Set();
      watched.set(event.profileId, own);
    }
    own.add(event.payload.titleId);
  }
  return watched;
}

/** Number of profiles that watched each title. */
function trainingPopularity(watched: ReadonlyMap<string, ReadonlySet<string>>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const own of watched.values()) for (const id of own) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

function* batches(events: readonly MarqueeEvent[]): Iterable<readonly MarqueeEvent[]> {
  for (let i = 0; i < events.length; i += EVENTS_PER_BATCH) yield events.slice(i, i + EVENTS_PER_BATCH);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
