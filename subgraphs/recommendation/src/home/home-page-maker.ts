/** The first steps of the ladder: runs the home pipeline and makes a slate of its result. */
import type { Degradation, ModelVersion, TitleId } from '@marquee/domain';
import { DEFAULT_EXPLORATION } from '@marquee/exploration';
import { RANKING_COLUMNS } from '@marquee/features';
import type { PipelineResult } from '@marquee/pipeline';
import type { Deadline } from '@marquee/service-kit';
import type { RecommendationDeps, SlateEntropy } from '../dependencies.ts';
import { explainPicks } from '../explanations/explain-picks.ts';
import { WatchedAlike } from '../explanations/watched-alike.ts';
import { buildPage, type Page } from '../page/build-page.ts';
import { createArtworkChooser } from '../page/choose-artwork.ts';
import { explorable } from '../page/explorable.ts';
import { createExplorer } from '../page/explorer.ts';
import { createRowOrderer } from '../page/row-orderer.ts';
import type { PlacedSlate, StoredRow, StoredSlate } from '../slates/stored-slate.ts';
import { chooseRanker } from '../trials/choose-ranker.ts';
import { degradationsOf, isWholePage } from './degradations.ts';
import { genresForPage } from './genres-for-page.ts';
import { createHomePipeline, type HomeMemory } from './home.pipeline.ts';
import type { HomeCandidate } from './home-candidate.ts';
import type { HomeQuery } from './home-query.ts';
import type { HomeTask } from './home-request.ts';
import { pageSeed } from './page-seed.ts';
import { recordPipeline } from './pipeline-spans.ts';
import { scarcityOf } from './scarcity.ts';

export type HomeResult = PipelineResult<HomeQuery, HomeCandidate>;
type Given = Pick<
  HomeQuery,
  'profileId' | 'knownState' | 'device' | 'filter' | 'excludeTitleIds' | 'now' | 'exploration'
>;

/** The pipeline ran, and there is nothing on the page because parts of it were away. */
export class NothingLeft extends Error {
  override readonly name = 'NothingLeft';
  readonly component: string;

  constructor(component: string) {
    super(`nothing to show without ${component}`);
    this.component = component;
  }
}

export class HomePageMaker {
  readonly #deps: RecommendationDeps;
  readonly #memory: HomeMemory;
  readonly #entropy: SlateEntropy;
  readonly #pipeline: ReturnType<typeof createHomePipeline>;

  constructor(deps: RecommendationDeps, memory: HomeMemory, entropy: SlateEntropy) {
    this.#deps = deps;
    this.#memory = memory;
    this.#entropy = entropy;
    this.#pipeline = createHomePipeline(deps, memory, {
      onSideEffectFailure: ({ sideEffect, error }) =>
        deps.logger.warn({ sideEffect, err: error }, 'a side effect of the home page failed'),
    });
  }

  /**
   * @throws PipelineFailure when no page could be made, NothingLeft when it would be empty for want of sources.
   */
  async make(task: HomeTask): Promise<StoredSlate> {
    const { deadline, key } = task;
    const seed = pageSeed(key, task.now);
    const served = Promise.withResolvers<PlacedSlate | undefined>();
    try {
      const result = await this.#run(this.#givenBy(task), served.promise, {
        seed,
        deadlineMs: deadline.remainingMs(),
      });
      const placed = await this.#place(result, task, { seed, id: this.#entropy.slateId() });
      this.#memory.slates.remember(placed.slate, key);
      served.resolve(placed);
      this.#log(result, placed.slate);
      return placed.slate;
    } finally {
      // After a failure the side effects have nothing to report.
      served.resolve(undefined);
    }
  }

  /** A page like any other, of which nothing remains: neither kept nor reported, and no draw of anybody's. */
  async rehearse(task: HomeTask): Promise<PlacedSlate> {
    const result = await this.rank(this.#givenBy(task), { seed: 0, deadlineMs: task.deadline.remainingMs() });
    return this.#place(result, task, { seed: 0, id: 'rehearsed' });
  }

  /** The pipeline alone: no page, nothing stored or reported. */
  rank(given: Given, options: { seed: number; deadlineMs: number }): Promise<HomeResult> {
    return this.#run(given, Promise.resolve(undefined), options);
  }

  drain(): Promise<void> {
    return this.#pipeline.drain();
  }

  #givenBy({ request, viewer, now }: HomeTask): Given {
    return {
      profileId: request.profileId,
      knownState: viewer?.state,
      device: request.device,
      filter: request.filter,
      excludeTitleIds: new Set(request.excludeTitleIds),
      now,
      exploration: (this.#deps.exploration ?? DEFAULT_EXPLORATION).explores,
    };
  }

  get sideEffectFailures(): number {
    return this.#pipeline.sideEffectFailures;
  }

  async #run(given: Given, slate: HomeQuery['slate'], options: { seed: number; deadlineMs: number }) {
    // The rest of the query is what the query hydrators produce; the engine has checked that they do.
    const result = await this.#pipeline.run({ ...given, slate } as HomeQuery, options);
    recordPipeline(result.trace);
    return result;
  }

  async #place(
    result: HomeResult,
    task: HomeTask,
    { id, seed }: { id: string; seed: number },
  ): Promise<PlacedSlate> {
    const { titles } = this.#deps;
    const { query, selected, trace } = result;
    const rowOrderer = createRowOrderer({ query, seed });
    const page = buildPage({
      ranked: selected,
      query,
      genreIds: genresForPage(this.#memory.shelves, query),
      titleOf: (id) => titles.get(id),
      standings: this.#memory.standings,
      editorial: this.#memory.editorial,
      ...(query.exploration && {
        explorer: createExplorer({ pool: explorable(selected, query), query, seed }),
      }),
      rowOrderer,
      artworkOf: createArtworkChooser(query),
    });
    const { placed } = page;
    const rows = await this.#explained(page, query, task.deadline);
    const failures = degradationsOf(trace, query.lists);
    if (rows.length === 0 && failures.length > 0) throw new NothingLeft(failures[0]!.component);
    const degradations: readonly Degradation[] = [...failures, ...scarcityOf({ rows, titles, query })];
    const ranked = selected.find(({ probability }) => Number.isFinite(probability));
    const model: ModelVersion | undefined = ranked?.rankedBy;
    const features = new Map<string, Float32Array>();
    const probabilities = new Map<string, number>();
    for (const [id, candidate] of placed) {
      if (Number.isFinite(candidate.probability)) probabilities.set(id, candidate.probability);
      if (candidate.features === undefined) continue;
      const { featuresAt } = candidate;
      features.set(id, candidate.features.subarray(featuresAt, featuresAt + RANKING_COLUMNS.length));
    }
    return {
      key: task.key,
      reusable: isWholePage(degradations),
      features,
      probabilities,
      rowOrder: rowOrderer?.order,
      slate: {
        id,
        surface: 'home',
        ...(query.profileId === undefined ? {} : { profileId: query.profileId }),
        generatedAt: query.now,
        seed,
        rows,
        revision: query.state.revision,
        degradations,
        modelVersions: model === undefined ? [] : [model],
        assignments: query.assignments,
        ...(task.ahead && { madeAhead: true as const }),
        stamp: task.stamp,
      },
    };
  }

  /** Reasons are worth a moment, and not the page. */
  async #explained(page: Page, query: HomeQuery, deadline: Deadline): Promise<readonly StoredRow[]> {
    const titleOf = (id: TitleId) => this.#deps.titles.get(id);
    try {
      return await explainPicks(
        page,
        { query, titleOf, watched: new WatchedAlike(query.state, titleOf) },
        { ranker: chooseRanker(this.#deps, query.assignments), names: this.#memory.names, deadline },
      );
    } catch (error) {
      this.#deps.logger.warn({ err: error }, 'the top picks were not explained');
      return page.rows;
    }
  }

  #log({ trace }: HomeResult, slate: StoredSlate): void {
    const { logger } = this.#deps;
    if (trace.degraded.length > 0) {
      logger.warn({ slateId: slate.id, degraded: trace.degraded }, 'a home page was made without some parts');
    }
    logger.trace({ slateId: slate.id, trace }, 'home page made');
  }
}
