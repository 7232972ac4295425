/**
 * The lower steps of the degradation ladder, for when the home pipeline has failed: the viewer's last slate, then
 * what is popular in the segment, then the editorial page. Everything here is in the process's memory (the one
 * read of a stored slate has its bound), and takes time of its own: the request's may be used up.
 */
import type { Degradation, LadderStep } from '@marquee/domain';
import { emptyProfileState, type ProfileState, prepareProfile } from '@marquee/features';
import { beforeDeadline, deadlineAfter } from '@marquee/service-kit';
import type { RecommendationDeps, SlateEntropy } from '../dependencies.ts';
import { isErased, UNKNOWN_REVISION } from '../erasures/viewer-records.ts';
import { buildPage } from '../page/build-page.ts';
import type { ServedSlate, StoredRow, StoredSlate } from '../slates/stored-slate.ts';
import {
  createViewerGuard,
  type GuardFacts,
  guardFacts,
  LIMIT_WHEN_UNKNOWN,
} from '../slates/viewer-guard.ts';
import { NO_EXPERIMENTS } from './assigned-experiments.ts';
import { fellTo } from './degradations.ts';
import { createFallbackPipeline } from './fallback.pipeline.ts';
import { genresForPage } from './genres-for-page.ts';
import type { HomeMemory } from './home.pipeline.ts';
import type { HomeQuery } from './home-query.ts';
import type { HomeTask } from './home-request.ts';
import { lastResort } from './last-resort.ts';
import { scarcityOf } from './scarcity.ts';
import { titlesOfViewer } from './titles-of-viewer.ts';

/** Of computing alone, some milliseconds of it: a bound for a machine that is far too busy. */
const FALLBACK_MS = 2_000;
const ERASURE_MS = 50;

export class DegradationLadder {
  readonly #deps: RecommendationDeps;
  readonly #memory: HomeMemory;
  readonly #entropy: SlateEntropy;
  readonly #pipeline: ReturnType<typeof createFallbackPipeline>;

  constructor(deps: RecommendationDeps, memory: HomeMemory, entropy: SlateEntropy) {
    this.#deps = deps;
    this.#memory = memory;
    this.#entropy = entropy;
    this.#pipeline = createFallbackPipeline(deps, memory);
  }

  /** @param component what failed. Never throws. */
  async serve(task: HomeTask, component: string): Promise<ServedSlate> {
    const cached = await this.#cached(task, component);
    if (cached !== undefined) return cached;
    const { profileId } = task.request;
    const state = task.viewer?.state ?? this.#assumedState(task);
    const served = await this.#fallbackPage(task, component, state);
    const guessedLimit = task.viewer === undefined && profileId !== undefined && !this.#lastGuard(task);
    if (served.slate.rows.length > 0 || !guessedLimit) return served;
    // A catalogue without ratings: nobody with a limit could ever see anything of it, so there is none to break.
    return this.#fallbackPage(task, component, { ...state, maturityLimit: undefined });
  }

  #lastGuard({ request }: HomeTask): GuardFacts | undefined {
    return request.profileId === undefined ? undefined : this.#memory.slates.lastGuard(request.profileId);
  }

  async #cached(task: HomeTask, component: string): Promise<ServedSlate | undefined> {
    const facts = task.viewer === undefined ? this.#lastGuard(task) : guardFacts(task.viewer.state);
    if (facts === undefined && task.request.profileId !== undefined) return undefined;
    const slate = this.#memory.slates.lastKnown(task.key) ?? (await this.#storedSlate(task));
    // An earlier fallback page is no better than a new one.
    if (slate === undefined || slate.rows.length === 0 || slate.stamp === '') return undefined;
    if (await this.#isErased(slate, task)) return undefined;
    const guard = createViewerGuard(this.#deps.titles, facts ?? guardFacts(emptyProfileState()), task.now);
    const degradations = [...slate.degradations, fellTo('CACHED_SLATE', component)];
    return { slate: { ...slate, degradations }, guard };
  }

  async #isErased({ profileId, revision }: StoredSlate, task: HomeTask): Promise<boolean> {
    if (profileId === undefined) return false;
    const { viewers } = this.#memory;
    // Without the store there is what this process has seen; it clears its memory when somebody is erased.
    if (task.viewer === undefined) return isErased(revision, viewers.lastSeenErasure(profileId));
    return viewers.erasedSince(revision, task.viewer, profileId, deadlineAfter(ERASURE_MS));
  }

  async #storedSlate({ pointer, deadline }: HomeTask): Promise<StoredSlate | undefined> {
    if (pointer === undefined || deadline.expired) return undefined;
    try {
      return await beforeDeadline(this.#memory.slates.get(pointer.slateId), deadline, 'the cached slate');
    } catch {
      // The next step needs no store.
      return undefined;
    }
  }

  /** What can be assumed about a viewer whose state cannot be read. */
  #assumedState(task: HomeTask): ProfileState {
    const empty = emptyProfileState();
    if (task.request.profileId === undefined) return empty;
    const known = this.#lastGuard(task);
    if (known === undefined) return { ...empty, maturityLimit: LIMIT_WHEN_UNKNOWN };
    const reactions = Object.fromEntries(
      [...known.disliked].map((titleId) => [titleId, { reaction: 'DISLIKE' as const, at: 0 }]),
    );
    return {
      ...empty,
      segment: known.segment,
      hiddenTitleIds: [...known.hidden],
      reactions,
      ...(known.region === undefined ? {} : { region: known.region }),
      ...(known.maturityLimit === undefined ? {} : { maturityLimit: known.maturityLimit }),
    };
  }

  async #fallbackPage(task: HomeTask, component: string, state: ProfileState): Promise<ServedSlate> {
    const { titles, logger } = this.#deps;
    const lists = this.#memory.lists.lastKnown(state.segment);
    let step: LadderStep = lists.popular.length > 0 ? 'POPULAR_IN_SEGMENT' : 'STATIC_EDITORIAL';
    const seed = this.#entropy.seed();
    const query = this.#query(task, state, lists);
    let rows: readonly StoredRow[];
    try {
      const { selected } = await this.#pipeline.run(query, { seed, deadlineMs: FALLBACK_MS });
      rows = buildPage({
        ranked: selected,
        query,
        genreIds: genresForPage(this.#memory.shelves, query),
        titleOf: (id) => titles.get(id),
        standings: this.#memory.standings,
        editorial: this.#memory.editorial,
      }).rows;
    } catch (error) {
      // Neither a bug in a stage nor a busy machine takes the last page away.
      logger.error({ err: error }, 'the fallback page could not be made');
      rows = lastResort(titles, this.#memory.editorial, query);
      step = 'STATIC_EDITORIAL';
    }
    const degradations: readonly Degradation[] = [
      fellTo(step, component),
      ...scarcityOf({ rows, titles, query }),
    ];
    const slate = this.#slate(task, seed, rows, degradations);
    this.#memory.slates.remember(slate);
    return { slate, guard: createViewerGuard(titles, guardFacts(state), task.now) };
  }

  #query({ request, now }: HomeTask, state: ProfileState, lists: HomeQuery['lists']): HomeQuery {
    return {
      profileId: request.profileId,
      knownState: state,
      device: request.device,
      filter: request.filter,
      excludeTitleIds: new Set(request.excludeTitleIds),
      now,
      exploration: false,
      slate: Promise.resolve(undefined),
      state,
      // Popularity leads, whoever asks.
      rung: 'cold',
      titlesOfViewer: titlesOfViewer(state, now),
      ...NO_EXPERIMENTS,
      prepared: prepareProfile(state, { now }, this.#deps.titles),
      seeds: [],
      neighboursOfSeeds: [],
      coWatch: new Map(),
      collaborativeTaste: undefined,
      tasteVector: undefined,
      seedVectors: [],
      vectorsAtHand: false,
      lists,
      // By rules: nothing is tried out on a page that had to do without something.
      rowCounts: undefined,
      artworkCounts: undefined,
      names: this.#memory.names.lastKnown(),
    };
  }

  #slate(
    { request, now, viewer }: HomeTask,
    seed: number,
    rows: readonly StoredRow[],
    degradations: readonly Degradation[],
  ): StoredSlate {
    return {
      id: this.#entropy.slateId(),
      surface: 'home',
      ...(request.profileId === undefined ? {} : { profileId: request.profileId }),
      generatedAt: now,
      seed,
      rows,
      revision: viewer?.state.revision ?? UNKNOWN_REVISION,
      degradations,
      modelVersions: [],
      assignments: {},
      // Answers nothing but its own paging.
      stamp: '',
    };
  }
}
