/**
 * Offline evaluation of the home ranking. A world is prepared from the training part of a history, exactly as
 * `npm start` prepares one, and asked for its ranking of every test profile as of the split.
 *
 * Metrics are means over profiles; relevant titles are those of the holdout, all of them, so recall@50 is
 * bounded by 50 / |relevant| for heavy watchers. Coverage is the share of servable titles in anybody's top 10;
 * novelty is the mean self-information, in bits, of the top 10 under training popularity.
 */
import { isFeedback, type MarqueeEvent } from '@marquee/domain';
import { createTitleTable } from '@marquee/features';
import { type HomeService, type RankedTitles, SOURCE } from '@marquee/recommendation';
import { type Logger, MarqueeError } from '@marquee/service-kit';
import { bootstrapInterval, coverageAtK, ndcgAtK, noveltyAtK, recallAtK } from '@marquee/training';
import type { Progress } from '../cli/progress.ts';
import type { GroundTruth, WorldContents } from '../world/world-source.ts';
import { type HeldOutWorld, inWorld } from './held-out-world.ts';
import { type Protocol, splitHoldout } from './holdout.ts';
import { popularityRanker, type Ranker, randomRanker } from './rankers.ts';
import { type SourceResult, SourceTally } from './source-tally.ts';

const TOP = 50;
const RANK_ATTEMPTS = 5;
const HOME_PIPELINE = 'home pipeline';
/** Leaves out all that rests on the collaborative model: its source, and its score as a feature of the ranker. */
const COLLABORATIVE_MODEL = 'collaborative-model';
/** What can be left out by name. */
export const ABLATIONS: readonly string[] = [COLLABORATIVE_MODEL, ...Object.values(SOURCE)];

export interface EvaluationOptions {
  readonly protocol: Protocol;
  readonly testDays: number;
  readonly testFraction: number;
  /** Profiles asked for a ranking at most; chosen by id order. */
  readonly maxProfiles: number;
  readonly seed: number;
  /** Candidate sources to rank without, one at a time, of ABLATIONS. */
  readonly without?: readonly string[];
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

export interface Change {
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
}

/** The home pipeline without a part of it. */
export interface Ablation extends Omit<RankerResult, 'gain'> {
  /** Against the whole pipeline, with 95 % bootstrap intervals. */
  readonly ndcgChange: Change;
  readonly recallChange: Change;
}

export interface EvaluationResult {
  readonly protocol: Protocol;
  readonly profiles: number;
  readonly trainEvents: number;
  readonly titles: number;
  readonly results: readonly RankerResult[];
  readonly sources: readonly SourceResult[];
  readonly ablations: readonly Ablation[];
}

export async function evaluate(
  contents: WorldContents,
  options: EvaluationOptions,
): Promise<EvaluationResult> {
  const { progress, signal } = options;
  progress.phase('reading the history');
  const events: MarqueeEvent[] = [];
  for await (const batch of contents.events) {
    signal?.throwIfAborted();
    for (const event of batch) events.push(event);
    progress.update(events.length);
  }
  const split = splitHoldout(events, options.protocol, options);
  const profileIds = [...split.relevant.keys()].sort().slice(0, options.maxProfiles);
  const world = { contents, split, profileIds };
  const results: RankerResult[] = [];
  const ablations: Ablation[] = [];
  const without = options.without ?? [];
  let titles = 0;
  let sources: readonly SourceResult[] = [];
  let full: Measured | undefined;
  await inWorld(world, options, {}, async (serve) => {
    await serve(new Set(), async ({ home, isServable }) => {
      const servable = createTitleTable(contents.catalogue.titles).newest().filter(isServable);
      titles = servable.length;
      const servableSet = new Set(servable);
      const context = { now: split.now, servable: (id: string) => servableSet.has(id) };
      const tally = new SourceTally();
      const rankers: Ranker[] = [
        popularityRanker('popularity', split.train, context),
        popularityRanker('popularity, 14-day half-life', split.train, { ...context, halfLifeDays: 14 }),
        randomRanker(servable, options.seed),
        pipelineRanker(HOME_PIPELINE, home, options.seed, (profileId, ranked) =>
          tally.add(split.relevant.get(profileId)!, ranked),
        ),
        ...(contents.groundTruth === undefined ? [] : [oracleRanker(contents.groundTruth, split.now)]),
      ];
      // The first ranking is what the others are compared with.
      let baseline: readonly number[] | undefined;
      for (const ranker of rankers) {
        const measured = await measure(ranker, world, titles, options, baseline);
        baseline ??= measured.ndcgByProfile;
        results.push(measured.result);
        if (ranker.name === HOME_PIPELINE) full = measured;
      }
      sources = tally.results();
    });
    for (const source of without) {
      if (source === COLLABORATIVE_MODEL) continue;
      await serve(new Set([source]), async ({ home }) => {
        const ranker = pipelineRanker(`without ${source}`, home, options.seed);
        ablations.push(compared(await measure(ranker, world, titles, options), full!, options.seed));
      });
    }
  });
  if (without.includes(COLLABORATIVE_MODEL)) {
    await inWorld(world, options, { withoutCollaborative: true }, (serve) =>
      serve(new Set(), async ({ home }) => {
        const ranker = pipelineRanker(`without the ${COLLABORATIVE_MODEL}`, home, options.seed);
        ablations.push(compared(await measure(ranker, world, titles, options), full!, options.seed));
      }),
    );
  }
  options.progress.end();
  return {
    protocol: options.protocol,
    profiles: profileIds.length,
    trainEvents: split.train.length,
    titles,
    results,
    sources,
    ablations,
  };
}

/**
 * A ranking that was degraded says nothing about the pipeline. Stages have serving's tight deadlines, which a busy
 * machine can miss once; a profile whose ranking stays degraded ends the evaluation.
 */
function pipelineRanker(
  name: string,
  home: HomeService,
  seed: number,
  observe?: (profileId: string, ranked: RankedTitles) => void,
): Ranker {
  return {
    name,
    async rank(profileId, _watched, k) {
      for (let attempt = 1; ; attempt++) {
        const ranked = await home.rank({ profileId, k, seed });
        const [degradation] = ranked.degradations;
        if (degradation === undefined) {
          observe?.(profileId, ranked);
          return ranked.titleIds;
        }
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

interface Measured {
  readonly result: RankerResult;
  readonly ndcgByProfile: readonly number[];
  readonly recallByProfile: readonly number[];
}

async function measure(
  ranker: Ranker,
  { contents, split, profileIds }: HeldOutWorld,
  catalogueSize: number,
  options: EvaluationOptions,
  baseline?: readonly number[],
): Promise<Measured> {
  const { groundTruth: truth } = contents;
  const watched = watchedTitles(split.train);
  const ndcg: number[] = [];
  const recall: number[] = [];
  const seconds: number[] = [];
  const lists: (readonly string[])[] = [];
  options.progress.phase(`ranking: ${ranker.name}`, profileIds.length);
  for (const [i, profileId] of profileIds.entries()) {
    options.signal?.throwIfAborted();
    const list = await ranker.rank(profileId, watched.get(profileId) ?? new Set(), TOP);
    const wanted = split.relevant.get(profileId)!;
    ndcg.push(ndcgAtK(list, wanted, 10));
    recall.push(recallAtK(list, wanted, TOP));
    if (truth !== undefined) {
      seconds.push(mean(list.slice(0, 10).map((id) => truth.expectedWatchSeconds(profileId, id, split.now))));
    }
    lists.push(list);
    options.progress.update(i + 1);
  }
  const differences = ndcg.map((value, i) => value - (baseline?.[i] ?? value));
  return {
    ndcgByProfile: ndcg,
    recallByProfile: recall,
    result: {
      ranker: ranker.name,
      ndcg10: mean(ndcg),
      gain: { mean: mean(differences), ...bootstrapInterval(differences, { seed: options.seed }) },
      recall50: mean(recall),
      coverage10: coverageAtK(lists, catalogueSize, 10),
      novelty10: noveltyAtK(lists, trainingPopularity(watched), watched.size, 10),
      ...(truth === undefined ? {} : { trueSeconds10: mean(seconds) }),
    },
  };
}

/** What is lost without a part, profile by profile. */
function compared(measured: Measured, full: Measured, seed: number): Ablation {
  const change = (without: readonly number[], whole: readonly number[]): Change => {
    const differences = without.map((value, i) => value - whole[i]!);
    return { mean: mean(differences), ...bootstrapInterval(differences, { seed }) };
  };
  return {
    ...measured.result,
    ndcgChange: change(measured.ndcgByProfile, full.ndcgByProfile),
    recallChange: change(measured.recallByProfile, full.recallByProfile),
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

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
