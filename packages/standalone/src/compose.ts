/**
 * The whole of Marquee in one process, from its dependencies. The distributed profile composes the same
 * functions one by one; only the dependencies differ.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { catalogueLookup, catalogueNames } from '@marquee/catalogue';
import { createContentSubgraph } from '@marquee/content';
import { caughtUp, createFreshness } from '@marquee/event-bus';
import { createExperimentSubgraph } from '@marquee/experiment';
import type { ExperimentsSource } from '@marquee/experimentation';
import type { ExplorationSettings } from '@marquee/exploration';
import { createFeatureMaterializer } from '@marquee/feature-materializer';
import { createTitleFollower, createVectorFollower, isServable } from '@marquee/features';
import { createProfileProjector } from '@marquee/profile-projector';
import { createRecommendationSubgraph, type HomeService, type TrialModels } from '@marquee/recommendation';
import { type Component, MarqueeError, type Metrics, READY } from '@marquee/service-kit';
import { exportConsumer, type ObservedConsumer } from '@marquee/service-kit/service';
import type { Subgraph } from '@marquee/service-kit/subgraph';
import { createUserProfileSubgraph } from '@marquee/user-profile';
import { type MarqueeDeps, portComponents } from './deps.ts';
import { selfContainedSubgraphs } from './self-contained-subgraphs.ts';

export interface ComposeOptions {
  /** The world's folder; models live below it. */
  readonly folder: string;
  /** Name of the model's folder. */
  readonly model: string;
  /** Name of the collaborative model's folder. Absent: nothing is found by what alike profiles watch, but by co-watch. */
  readonly collaborative?: string | undefined;
  /** Name of the user tower's folder, to begin with. Absent: nothing is found by the two towers until they are loaded. */
  readonly towers?: string | undefined;
  /** Signs tracking tokens. */
  readonly tokenSecret: string;
  readonly experiments: ExperimentsSource;
  /** Ranking models beside the one in production; started after the parts, by whoever composes. */
  readonly trials?: TrialModels;
  /** Of the pages, those that a model in shadow looks at. */
  readonly shadowShare?: number;
  /** How exploration slots are given away where no experiment says otherwise. */
  readonly exploration?: ExplorationSettings;
  /** Prefix of artwork addresses as clients see it; empty for addresses relative to the gateway. */
  readonly artworkBaseUrl: string;
  /** Absent: neither home pages nor what consumers have before them is counted. */
  readonly metrics?: Metrics;
  /** Refresh ranked lists in the background. Default true. */
  readonly backgroundRefresh?: boolean;
  /** Candidate sources to leave out, to see what they are worth. */
  readonly withoutSources?: ReadonlySet<string>;
  /** Candidates that the pre-ranker leaves to the full ranker; 0, the default: all of them. */
  readonly preRankTo?: number;
  /** Multiplies the time limits of an answer; for work that nobody waits for. Default 1. */
  readonly patience?: number;
}

export interface Marquee {
  /** In the order in which they start. */
  readonly components: readonly Component[];
  readonly subgraphs: readonly Subgraph[];
  readonly home: HomeService;
  /** What follows the log in this process. */
  readonly consumers: readonly ObservedConsumer[];
  /** Waits until what is in the log now is known to profiles and features. @returns false when the time was up */
  caughtUp(timeoutMs: number): Promise<boolean>;
  /** Whether anybody without a limit could be shown the title now. */
  isServable(titleId: string): boolean;
}

export function composeMarquee(deps: MarqueeDeps, options: ComposeOptions): Marquee {
  const { clock, logger, catalogue, profiles, bus, titles } = deps;
  const projector = createProfileProjector({ bus, profiles, logger });
  const materializer = createFeatureMaterializer(
    deps,
    options.backgroundRefresh === false ? { refreshEveryMs: 0 } : {},
  );
  const freshness = createFreshness([projector, materializer]);
  const { metrics } = options;
  if (metrics !== undefined) {
    for (const consumer of [projector, materializer]) exportConsumer(metrics, consumer);
  }

  const content = createContentSubgraph({
    catalogue,
    maturityLimitOf: async (profileId) => (await profiles.profilesByIds([profileId]))[0]?.maturityLimit,
    clock,
    artworkBaseUrl: options.artworkBaseUrl,
    logger,
  });
  const userProfile = createUserProfileSubgraph({
    profiles,
    bus,
    freshness,
    catalogue: catalogueLookup(catalogue, titles),
    clock,
    newId: randomUUID,
    logger,
  });
  const recommendation = createRecommendationSubgraph({
    titles,
    store: deps.store,
    vectorIndex: deps.vectorIndex,
    modelRuntime: deps.modelRuntime,
    ...(options.trials && { trials: options.trials }),
    ...(options.shadowShare !== undefined && { shadowShare: options.shadowShare }),
    collaborative: deps.collaborative,
    towers: deps.towers,
    ...(options.withoutSources && { withoutSources: options.withoutSources }),
    ...(options.preRankTo !== undefined && { preRankTo: options.preRankTo }),
    ...(options.patience !== undefined && { patience: options.patience }),
    bus,
    freshness,
    experiments: options.experiments,
    names: catalogueNames(catalogue),
    clock,
    ...(options.exploration && { exploration: options.exploration }),
    tokenSecret: options.tokenSecret,
    logger,
    ...(metrics && { metrics }),
  });
  const experiment = createExperimentSubgraph({
    experiments: options.experiments,
    canary: () => options.trials?.canary?.terms,
    profileSegment: async (profileId) => (await profiles.profilesByIds([profileId]))[0]?.segment,
    clock,
    logger,
  });
  const subgraphs = [
    ...[content, userProfile, recommendation, experiment],
    ...selfContainedSubgraphs({ clock, logger }),
  ];
  const modelFolder = (name: string): string => join(options.folder, 'models', name);

  return {
    components: [
      ...portComponents(deps),
      modelLoader(deps, 'ranking model', deps.modelRuntime, modelFolder(options.model)),
      // Before the materialiser: plays of titles it does not know would teach it nothing.
      createTitleFollower(deps),
      // After the titles: what its index is filtered by comes from them.
      deps.collaborative,
      ...(options.collaborative === undefined
        ? []
        : [modelLoader(deps, 'collaborative model', deps.collaborative, modelFolder(options.collaborative))]),
      deps.towers,
      ...(options.towers === undefined
        ? []
        : [modelLoader(deps, 'two-tower model', deps.towers, modelFolder(options.towers))]),
      createVectorFollower(deps),
      projector,
      materializer,
      ...subgraphs.flatMap((subgraph) => subgraph.components),
    ],
    subgraphs,
    home: recommendation.home,
    consumers: [projector, materializer],
    caughtUp: (timeoutMs) => caughtUp(bus, [projector, materializer], timeoutMs),
    isServable(titleId) {
      const title = titles.get(titleId);
      return title !== undefined && isServable(title, { now: clock.now() });
    },
  };
}

/**
 * A model that cannot be loaded is no reason not to serve: the ladder has a step without the ranker, and other sources find
 * candidates. A model of before an upgrade is such a one, and says how it is replaced.
 */
function modelLoader(
  { logger }: Pick<MarqueeDeps, 'logger'>,
  model: string,
  runtime: { load(folder: string): Promise<unknown> },
  folder: string,
): Component {
  let problem: string | undefined;
  return {
    name: model.replaceAll(' ', '-'),
    async start() {
      try {
        await runtime.load(folder);
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
        const outdated = error instanceof MarqueeError && error.code === 'MODEL_INCOMPATIBLE';
        logger.error(
          { err: error, folder },
          `${model} was not loaded; serving without the ${model}${outdated ? `. ${RETRAIN}` : ''}`,
        );
      }
    },
    stop: async () => undefined,
    readiness: () =>
      problem === undefined ? READY : { ready: true, detail: `serving without the ${model}: ${problem}` },
  };
}

const RETRAIN =
  'Models that fit this version are trained from the history by: npm start -- --rebuild-features';
