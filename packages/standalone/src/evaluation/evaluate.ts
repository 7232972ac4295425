/**
 * Offline evaluation of the home ranking. A world is prepared from the training part of a history, exactly as
 * `npm start` prepares one, and asked for its ranking of every test profile as of the split.
 *
 * Metrics are means over profiles; relevant titles are those of the holdout, all of them, so recall@50 is
 * bounded by 50 / |relevant| for heavy watchers. Coverage is the share of servable titles in anybody's top 10;
 * novelty is the mean self-information, in bits, of the top 10 under training popularity.
 */
import type { MarqueeEvent } from '@marquee/domain';
import { createTitleTable } from '@marquee/features';
import { type HomeService, type RankedTitles, SOURCE } from '@marquee/recommendation';
import { type Logger, MarqueeError } from '@marquee/service-kit';
import { DEFAULT_RANKER, FEATURE_GROUPS, type RankerAlgorithm } from '@marquee/training';
import type { Progress } from '../cli/progress.ts';
import type { RivalRanker } from '../world/derive-models.ts';
import type { GroundTruth, WorldContents } from '../world/world-source.ts';
import { inWorld } from './held-out-world.ts';
import { type Protocol, splitHoldout } from './holdout.ts';
import { type Change, compared, type Measured, measure, type RankerResult } from './measure-ranking.ts';
import { popularityRanker, type Ranker, randomRanker } from './rankers.ts';
import { type SourceResult, SourceTally } from './source-tally.ts';

const RANK_ATTEMPTS = 5;
/** About what a page shows in its first rows. */
const SURVIVORS = 40;
const HOME_PIPELINE = 'home pipeline';
/** Leaves out all that rests on the collaborative model: its source, and its score as a feature of the ranker. */
const COLLABORATIVE_MODEL = 'collaborative-model';
/** Before the name of a group of the ranker's features. */
const FEATURES = 'features:';
/** What can be left out by name. */
export const ABLATIONS: readonly string[] = [
  COLLABORATIVE_MODEL,
  ...Object.values(SOURCE),
  ...Object.keys(FEATURE_GROUPS).map((group) => `${FEATURES}${group}`),
];

export interface EvaluationOptions {
  readonly protocol: Protocol;
  readonly testDays: number;
  readonly testFraction: number;
  /** Profiles asked for a ranking at most; chosen by id order. */
  readonly maxProfiles: number;
  readonly seed: number;
  /** What to rank without, one at a time, of ABLATIONS. */
  readonly without?: readonly string[];
  /** Also ranks with a pre-ranker that leaves so many candidates. */
  readonly preRankTo?: number;
  /** Trains the two towers, too, and ranks with what they find; so does leaving them out by `without`. Default false. */
  readonly towers?: boolean;
  /** Rankers to compare with the one that serves by default. */
  readonly rankers?: readonly RankerAlgorithm[];
  readonly progress: Progress;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
}

/** The home pipeline with another ranker, or without a part of it. */
export interface Ablation extends Omit<RankerResult, 'gain'> {
  /** Another ranker, or the pipeline without something. */
  readonly kind: 'ranker' | 'without' | 'pre-ranking';
  /** Of the first SURVIVORS of the whole pipeline, how many a pre-ranker left to the ranker; a share. */
  readonly surviving?: number;
  /** Against the whole pipeline, with 95 % bootstrap intervals. */
  readonly ndcgChange: Change;
  readonly recallChange: Change;
  /** Simulated worlds only. */
  readonly trueSecondsChange?: Change;
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
  const rivals = rivalsOf(options);
  let titles = 0;
  let sources: readonly SourceResult[] = [];
  let full: Measured | undefined;
  /** Per profile what the whole pipeline puts first. */
  const first = new Map<string, readonly string[]>();
  const compareWith = async (
    name: string,
    home: HomeService,
    part: Pick<Ablation, 'kind'>,
  ): Promise<void> => {
    const measured = await measure(pipelineRanker(name, home, options.seed), world, titles, options);
    ablations.push({ ...part, ...compared(measured, full!, options.seed) });
  };
  const towers = options.towers === true || without.includes(SOURCE.twoTower);
  await inWorld(world, options, { rivals, towers }, async (serve) => {
    await serve({}, async ({ home, isServable }) => {
      const servable = createTitleTable(contents.catalogue.titles).newest().filter(isServable);
      titles = servable.length;
      const servableSet = new Set(servable);
      const context = { now: split.now, servable: (id: string) => servableSet.has(id) };
      const tally = new SourceTally();
      const rankers: Ranker[] = [
        popularityRanker('popularity', split.train, context),
        popularityRanker('popularity, 14-day half-life', split.train, { ...context, halfLifeDays: 14 }),
        randomRanker(servable, options.seed),
        pipelineRanker(HOME_PIPELINE, home, options.seed, (profileId, ranked) => {
          tally.add(split.relevant.get(profileId)!, ranked);
          first.set(profileId, ranked.titleIds.slice(0, SURVIVORS));
        }),
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
    for (const { name } of rivals) {
      const kind = name.startsWith('without') ? 'without' : 'ranker';
      await serve({ ranker: name }, ({ home }) =>
        compareWith(kind === 'ranker' ? `ranker ${name}` : name.replaceAll('.', ' '), home, { kind }),
      );
    }
    if (options.preRankTo !== undefined) {
      const { preRankTo } = options;
      await serve({ preRankTo }, async ({ home }) => {
        let surviving = 0;
        const ranker = pipelineRanker(`pre-ranked to ${preRankTo}`, home, options.seed, (id, ranked) => {
          const left = new Set(ranked.candidates.map(({ titleId }) => titleId));
          const wanted = first.get(id)!;
          surviving += wanted.filter((titleId) => left.has(titleId)).length / Math.max(1, wanted.length);
        });
        const measured = await measure(ranker, world, titles, options);
        ablations.push({
          kind: 'pre-ranking',
          ...compared(measured, full!, options.seed),
          surviving: surviving / Math.max(1, profileIds.length),
        });
      });
    }
    for (const source of without) {
      if (source === COLLABORATIVE_MODEL || source.startsWith(FEATURES)) continue;
      await serve({ withoutSources: new Set([source]) }, ({ home }) =>
        compareWith(`without ${source}`, home, { kind: 'without' }),
      );
    }
  });
  if (without.includes(COLLABORATIVE_MODEL)) {
    await inWorld(world, options, { withoutCollaborative: true, towers }, (serve) =>
      serve({}, ({ home }) => compareWith(`without the ${COLLABORATIVE_MODEL}`, home, { kind: 'without' })),
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

/** One model for each: other algorithms, and the default one that never sees a group of features. */
function rivalsOf({ rankers = [], without = [] }: EvaluationOptions): readonly RivalRanker[] {
  const algorithms = rankers.filter((algorithm) => algorithm !== DEFAULT_RANKER);
  return [
    ...algorithms.map((algorithm) => ({ name: algorithm, algorithm })),
    ...without
      .filter((name) => name.startsWith(FEATURES))
      .map((name) => name.slice(FEATURES.length))
      .map((group) => ({
        name: `without.features.${group}`,
        algorithm: DEFAULT_RANKER,
        ignoredColumns: FEATURE_GROUPS[group]!,
      })),
  ];
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
