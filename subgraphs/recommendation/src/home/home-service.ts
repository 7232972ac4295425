/**
 * Home pages: reuses a stored slate while nothing has changed that matters to it, else makes a new one, else
 * takes the next step of the degradation ladder. Answers as long as the process lives.
 */
import type { Degradation, ProfileId, TitleId } from '@marquee/domain';
import type { ProfileState } from '@marquee/features';
import { PipelineFailure } from '@marquee/pipeline';
import { beforeDeadline, type Deadline, deadlineAfter, MarqueeError } from '@marquee/service-kit';
import type { RecommendationDeps, SlateEntropy } from '../dependencies.ts';
import { NOBODY, type ViewerRecord } from '../erasures/viewer-records.ts';
import { encodeSlate } from '../slates/slate-codec.ts';
import { homeKey, stampOf } from '../slates/slate-key.ts';
import { slateServedEvent } from '../slates/slate-served-event.ts';
import { decodePointer, pointerKey, type SlatePointer } from '../slates/slate-store.ts';
import type { ServedSlate, StoredSlate } from '../slates/stored-slate.ts';
import { createViewerGuard, guardFacts } from '../slates/viewer-guard.ts';
import { assignExperiments, NO_EXPERIMENTS } from './assigned-experiments.ts';
import { DegradationLadder } from './degradation-ladder.ts';
import { degradationsOf, isWholePage, stepOf } from './degradations.ts';
import { capGenres } from './genre-cap.ts';
import type { HomeMemory } from './home.pipeline.ts';
import { HomePageMaker, NothingLeft } from './home-page-maker.ts';
import type { HomeRequest, HomeTask } from './home-request.ts';
import { KeptSlates } from './kept-slates.ts';
import { MakingLine, NoTurn } from './making-line.ts';
import { PATIENT_MS, ViewerLookUp } from './viewer-look-up.ts';

export type { HomeRequest } from './home-request.ts';

export interface RankRequest {
  readonly profileId?: ProfileId;
  /** Instant of the request; default: the clock's. */
  readonly now?: number;
  readonly excludeTitleIds?: readonly TitleId[];
  /** Titles wanted. */
  readonly k: number;
  /** Default: drawn. */
  readonly seed?: number;
}

export interface RankedTitles {
  /** In the pipeline's final order; without what the viewer has watched or begun. */
  readonly titleIds: readonly TitleId[];
  /** All that could have been ranked, in the same order without the cap on genres, with the sources that proposed them. */
  readonly candidates: readonly { readonly titleId: TitleId; readonly sources: readonly string[] }[];
  /** Must be empty for a measurement to count. */
  readonly degradations: readonly Degradation[];
}

/** Asked for by the prewarmer; everything else about the page is as if the viewer had come. */
export type AheadRequest = Pick<HomeRequest, 'profileId' | 'device' | 'deadline'>;

export interface HomeService {
  /** A page for the viewer, new or stored. Never rejects for want of a dependency. */
  home(request: HomeRequest): Promise<ServedSlate>;
  /**
   * Has a page ready for when the viewer comes; `kept` where a stored one would answer. Exposes nobody to an experiment.
   * @throws MarqueeError OVERLOADED when pages are being made for those who are here, and what making the page throws.
   */
  makeAhead(request: AheadRequest): Promise<{ slate: ServedSlate; outcome: 'made' | 'kept' }>;
  /**
   * A slate by id, for paging inside it.
   * @throws MarqueeError SLATE_EXPIRED when it is gone, FORBIDDEN when it is somebody else's.
   */
  slate(
    slateId: string,
    viewer: { profileId?: ProfileId | undefined; deadline?: Deadline | undefined },
  ): Promise<ServedSlate>;
  /**
   * The pipeline's final order before page construction, for offline evaluation.
   * @throws PipelineFailure when the pipeline fails.
   */
  rank(request: RankRequest): Promise<RankedTitles>;
}

const HOME_MS = 400;
const LOOKUP_MS = 100;
const RANK_MS = 10_000;

export class PipelineHomeService implements HomeService {
  readonly #deps: RecommendationDeps;
  readonly #memory: HomeMemory;
  readonly #entropy: SlateEntropy;
  readonly #maker: HomePageMaker;
  readonly #ladder: DegradationLadder;
  readonly #homeMs: number;
  readonly #lookUpMs: number;
  readonly #viewerLookUp: ViewerLookUp;
  readonly #keptSlates: KeptSlates;
  readonly #making = new Map<string, Promise<StoredSlate>>();
  readonly #line: MakingLine;

  constructor(deps: RecommendationDeps, memory: HomeMemory, entropy: SlateEntropy) {
    this.#deps = deps;
    this.#memory = memory;
    this.#entropy = entropy;
    this.#maker = new HomePageMaker(deps, memory, entropy);
    this.#ladder = new DegradationLadder(deps, memory, entropy);
    this.#homeMs = HOME_MS * (deps.patience ?? 1);
    this.#lookUpMs = LOOKUP_MS * (deps.patience ?? 1);
    this.#line = new MakingLine(this.#homeMs);
    this.#viewerLookUp = new ViewerLookUp(memory.viewers, this.#lookUpMs);
    const limits = { homeMs: this.#homeMs, lookUpMs: this.#lookUpMs };
    this.#keptSlates = new KeptSlates(deps, memory, this.#viewerLookUp, limits);
  }

  async home(request: HomeRequest): Promise<ServedSlate> {
    const served = await this.#serve(request);
    const step = stepOf(served.slate.degradations).toLowerCase();
    this.#deps.metrics?.count('marquee_home_pages_total', { step });
    return served;
  }

  async #serve(request: HomeRequest): Promise<ServedSlate> {
    const whole = request.deadline ?? this.#patientDeadline();
    const key = homeKey(request);
    const now = this.#deps.clock.now();
    const base = { request, key, now };
    let found: { viewer: ViewerRecord; pointer: SlatePointer | undefined };
    try {
      found = await this.#lookUp(request.profileId, key, whole);
    } catch (error) {
      this.#deps.logger.warn({ err: error }, 'the profile state could not be read');
      return this.#ladder.serve(
        { ...base, deadline: whole.within(0), viewer: undefined, pointer: undefined, stamp: '' },
        'profile-state',
      );
    }
    const { state } = found.viewer;
    // Waiting for the viewer's state takes nothing from the time for their page.
    const deadline = whole.within(this.#homeMs);
    const task: HomeTask = { ...base, ...found, deadline, stamp: this.#stamp(request.profileId, state, now) };
    const guard = createViewerGuard(this.#deps.titles, guardFacts(state), now);
    try {
      const slate = (await this.#reusable(task)) ?? (await this.#made(task));
      if (slate.madeAhead === true) this.#servedAhead(slate, now);
      return { slate, guard };
    } catch (error) {
      // Said by the page and counted by its step; a line for each would add to what is too much already.
      if (error instanceof NoTurn) return this.#ladder.serve(task, error.component);
      const component =
        error instanceof PipelineFailure || error instanceof NothingLeft ? error.component : 'home';
      this.#deps.logger.error({ err: error, component }, 'the home page could not be made');
      return this.#ladder.serve(task, component);
    }
  }

  async makeAhead(request: AheadRequest): Promise<{ slate: ServedSlate; outcome: 'made' | 'kept' }> {
    const whole = request.deadline ?? this.#patientDeadline();
    const key = homeKey(request);
    const now = this.#deps.clock.now();
    const found = await this.#lookUp(request.profileId, key, whole);
    const { state } = found.viewer;
    const stamp = this.#stamp(request.profileId, state, now);
    const deadline = whole.within(this.#homeMs);
    const task: HomeTask = { request, key, now, ...found, deadline, stamp, ahead: true };
    const guard = createViewerGuard(this.#deps.titles, guardFacts(state), now);
    const stored = await this.#reusable(task);
    if (stored !== undefined) return { slate: { slate: stored, guard }, outcome: 'kept' };
    try {
      return { slate: { slate: await this.#made(task), guard }, outcome: 'made' };
    } catch (error) {
      if (error instanceof NoTurn) {
        throw new MarqueeError('OVERLOADED', {
          message: 'pages are being made for those who are here',
          cause: error,
        });
      }
      throw error;
    }
  }

  slate(
    slateId: string,
    viewer: { profileId?: ProfileId | undefined; deadline?: Deadline | undefined },
  ): Promise<ServedSlate> {
    return this.#keptSlates.get(slateId, viewer.profileId, viewer.deadline ?? this.#patientDeadline());
  }

  async rank(request: RankRequest): Promise<RankedTitles> {
    const result = await this.#maker.rank(
      {
        profileId: request.profileId,
        knownState: undefined,
        device: undefined,
        filter: undefined,
        excludeTitleIds: new Set(request.excludeTitleIds),
        now: request.now ?? this.#deps.clock.now(),
        // A random title only adds noise to a measurement.
        exploration: false,
      },
      { seed: request.seed ?? this.#entropy.seed(), deadlineMs: RANK_MS },
    );
    const { watched, inProgress } = result.query.titlesOfViewer;
    const begun = new Set(inProgress);
    const discoveries = result.selected.filter(({ id }) => !watched.has(id) && !begun.has(id));
    return {
      titleIds: capGenres(discoveries)
        .slice(0, request.k)
        .map(({ id }) => id),
      candidates: discoveries.map(({ id, provenance }) => ({
        titleId: id,
        sources: provenance.map(({ source }) => source),
      })),
      degradations: degradationsOf(result.trace, result.query.lists),
    };
  }

  /** A page for a made-up viewer: all the work of a new page, and nothing of it remains. */
  async rehearse(state: ProfileState, deadline: Deadline): Promise<ServedSlate> {
    const now = this.#deps.clock.now();
    const task: HomeTask = {
      request: {},
      key: homeKey({}),
      now,
      deadline,
      viewer: { ...NOBODY, state },
      pointer: undefined,
      stamp: this.#stamp(undefined, state, now),
    };
    const { slate, features } = await this.#maker.rehearse(task);
    slateServedEvent(slate, 'nobody', features);
    encodeSlate(slate);
    return { slate, guard: createViewerGuard(this.#deps.titles, guardFacts(state), now) };
  }

  drain(): Promise<void> {
    return this.#maker.drain();
  }

  #patientDeadline(): Deadline {
    return deadlineAfter(PATIENT_MS + this.#homeMs);
  }

  /** The viewer and the pointer to a slate that may still answer, in one read. */
  async #lookUp(profileId: ProfileId | undefined, key: string, deadline: Deadline) {
    try {
      const viewer = await this.#viewerLookUp.read(profileId, deadline, [pointerKey(key)]);
      this.#keptSlates.rememberGuard(profileId, viewer);
      return { viewer, pointer: decodePointer(viewer.blobs[0]) };
    } catch (error) {
      // Nobody in particular has no state to miss; what else is away shows itself in the pipeline.
      if (profileId === undefined) return { viewer: NOBODY, pointer: undefined };
      throw error;
    }
  }

  #stamp(profileId: ProfileId | undefined, state: ProfileState, now: number): string {
    let { assignments } = NO_EXPERIMENTS;
    try {
      ({ assignments } = assignExperiments(this.#deps.experiments, {
        profileId,
        segment: state.segment,
        now,
      }));
    } catch {
      // The pipeline meets the same failure and reports it.
    }
    const { modelRuntime, collaborative, towers } = this.#deps;
    const models = [modelRuntime.current, collaborative.current, towers?.current];
    return stampOf(state.revision, models, assignments);
  }

  /** After the answer: nobody waits for it. Every process says so once per arm and day, and the log keeps one of them. */
  #servedAhead({ id, profileId, assignments }: StoredSlate, now: number): void {
    this.#deps.metrics?.count('marquee_prewarmed_pages_served_total');
    if (profileId === undefined) return;
    this.#memory.exposures.report({ profileId, slateId: id, assignments, now }).catch((error: unknown) => {
      this.#deps.logger.warn(
        { err: error, slateId: id },
        'the exposure of a page made ahead was not reported',
      );
    });
  }

  async #reusable({ key, pointer, stamp, deadline }: HomeTask): Promise<StoredSlate | undefined> {
    const known = this.#memory.slates.lastKnown(key);
    if (known?.stamp === stamp && isWholePage(known.degradations)) {
      // Asking by id checks its age.
      const alive = await this.#memory.slates.get(known.id);
      if (alive !== undefined) return alive;
    }
    if (pointer?.stamp !== stamp) return undefined;
    try {
      return await beforeDeadline(
        this.#memory.slates.get(pointer.slateId),
        deadline.within(this.#lookUpMs),
        'the slate',
      );
    } catch {
      // A new page is as good.
      return undefined;
    }
  }

  /** Equal requests that come while a page is being made wait for that page. */
  #made(task: HomeTask): Promise<StoredSlate> {
    const question = `${task.key}\n${task.stamp}`;
    let making = this.#making.get(question);
    if (making === undefined) {
      making = this.#line
        .make(task.deadline, () => this.#maker.make(task))
        .finally(() => this.#making.delete(question));
      this.#making.set(question, making);
    }
    return making;
  }
}
