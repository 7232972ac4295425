/**
 * Slates about single titles: "more like this" and "watch next". Any number of them are made with the reads of
 * one; they carry the same tokens, degradations and promises as a home page.
 */
import type { Degradation, ProfileId, Reason, SlateItem, TitleId } from '@marquee/domain';
import { emptyProfileState, isServable, type ProfileState, type TitleFacts } from '@marquee/features';
import { type Deadline, deadlineAfter } from '@marquee/service-kit';
import type { RecommendationDeps, SlateEntropy } from '../dependencies.ts';
import { UNKNOWN_REVISION } from '../erasures/viewer-records.ts';
import { assignExperiments, NO_EXPERIMENTS } from '../home/assigned-experiments.ts';
import { mostFrequent } from '../home/obstacles.ts';
import { ratingOf } from '../home/rating.ts';
import { slateServedEvent } from '../slates/slate-served-event.ts';
import type { SlateStore } from '../slates/slate-store.ts';
import type { ServedSlate, StoredSlate } from '../slates/stored-slate.ts';
import {
  createViewerGuard,
  type GuardFacts,
  guardFacts,
  LIMIT_WHEN_UNKNOWN,
} from '../slates/viewer-guard.ts';
import type { BackgroundWork } from './background-work.ts';
import {
  type BlendedTitle,
  blendNeighbours,
  MORE_LIKE_THIS_WEIGHTS,
  WATCH_NEXT_WEIGHTS,
} from './blend-neighbours.ts';
import { NeighbourReader } from './neighbour-reader.ts';

export type TitleSurface = 'watch-next' | 'more-like-this';

export interface TitleSlateRequest {
  readonly surface: TitleSurface;
  readonly titleIds: readonly TitleId[];
  readonly profileId?: ProfileId | undefined;
  readonly deadline?: Deadline | undefined;
}

/** Titles kept for paging. */
const MAX_ITEMS = 100;
const GENRE_SHELF = 60;
const MAX_LOOKED_AT = 500;
const TIMEOUT_MS = 400;

export class TitleSlateMaker {
  readonly #deps: RecommendationDeps;
  readonly #slates: SlateStore;
  readonly #entropy: SlateEntropy;
  readonly #background: BackgroundWork;
  readonly #reader: NeighbourReader;

  constructor(
    deps: RecommendationDeps,
    slates: SlateStore,
    entropy: SlateEntropy,
    background: BackgroundWork,
  ) {
    this.#deps = deps;
    this.#slates = slates;
    this.#entropy = entropy;
    this.#background = background;
    this.#reader = new NeighbourReader(deps, slates);
  }

  /** One per title id, in order; undefined for ids the catalogue does not know. */
  async make(request: TitleSlateRequest): Promise<readonly (ServedSlate | undefined)[]> {
    const { titles, clock } = this.#deps;
    const { surface, profileId } = request;
    const known = [...new Set(request.titleIds)].filter((id) => titles.has(id));
    if (known.length === 0) return request.titleIds.map(() => undefined);
    const timeoutMs = TIMEOUT_MS * (this.#deps.patience ?? 1);
    const deadline = (request.deadline ?? deadlineAfter(timeoutMs)).within(timeoutMs);
    const found = await this.#reader.read(known, profileId, deadline);
    const now = clock.now();
    const facts = this.#guardFacts(found.state, profileId);
    const guard = createViewerGuard(titles, facts, now);
    const assignments = this.#assignments(profileId, facts, now);
    const made = new Map<TitleId, ServedSlate>();
    for (const [i, titleId] of known.entries()) {
      const title = titles.get(titleId)!;
      const watched = surface === 'watch-next' ? watchedIn(found.state) : NOTHING;
      const refused = new Map<string, number>();
      const accept = (id: TitleId): boolean => {
        if (id === titleId) return false;
        const objection = guard.objection(id) ?? (watched.has(id) ? 'already-watched' : undefined);
        // An id nobody knows any more was never a title to miss.
        if (objection !== undefined && titles.has(id))
          refused.set(objection, (refused.get(objection) ?? 0) + 1);
        return objection === undefined;
      };
      const blended = blendNeighbours(
        {
          coWatch: found.coWatch[i]?.neighbours ?? [],
          content: found.content[i] ?? [],
          genre: this.#genreShelf(title, now),
        },
        surface === 'watch-next' ? WATCH_NEXT_WEIGHTS : MORE_LIKE_THIS_WEIGHTS,
        accept,
        MAX_ITEMS,
      );
      const items = blended.map((entry) => itemOf(entry, title, surface));
      const first = surface === 'watch-next' ? continuation(title, found.state, guard.allows) : undefined;
      const slate = this.#slate(request, title, first === undefined ? items : [first, ...items], now, {
        degradations: [...found.degradations, ...emptiness(items, refused)],
        assignments,
        revision: profileId === undefined ? 0 : (found.state?.revision ?? UNKNOWN_REVISION),
      });
      made.set(titleId, { slate, guard });
    }
    this.#keep([...made.values()], profileId);
    return request.titleIds.map((id) => made.get(id));
  }

  #guardFacts(state: ProfileState | undefined, profileId: ProfileId | undefined): GuardFacts {
    if (state !== undefined) return guardFacts(state);
    const empty = guardFacts(emptyProfileState());
    if (profileId === undefined) return empty;
    return this.#slates.lastGuard(profileId) ?? { ...empty, maturityLimit: LIMIT_WHEN_UNKNOWN };
  }

  #assignments(profileId: ProfileId | undefined, { segment }: GuardFacts, now: number) {
    try {
      return assignExperiments(this.#deps.experiments, { profileId, segment, now }).assignments;
    } catch {
      return NO_EXPERIMENTS.assignments;
    }
  }

  /** The best rated of the title's first genre: enough to fill a list when nothing else is known. */
  #genreShelf(title: TitleFacts, now: number): readonly TitleId[] {
    const [genreId] = title.genreIds;
    if (genreId === undefined) return [];
    const { titles } = this.#deps;
    const rated: { id: TitleId; rating: number }[] = [];
    for (const id of titles.titlesOfGenre(genreId).slice(0, MAX_LOOKED_AT)) {
      const facts = titles.get(id);
      if (facts !== undefined && isServable(facts, { now })) rated.push({ id, rating: ratingOf(facts) });
    }
    rated.sort((a, b) => b.rating - a.rating || (a.id < b.id ? -1 : 1));
    return rated.slice(0, GENRE_SHELF).map(({ id }) => id);
  }

  #slate(
    { surface, profileId }: TitleSlateRequest,
    title: TitleFacts,
    items: readonly SlateItem[],
    now: number,
    rest: Pick<StoredSlate, 'degradations' | 'assignments' | 'revision'>,
  ): StoredSlate {
    const headline = surface === 'watch-next' ? `Watch after ${title.name}` : `More like ${title.name}`;
    return {
      id: this.#entropy.slateId(),
      surface,
      about: title.id,
      ...(profileId === undefined ? {} : { profileId }),
      generatedAt: now,
      seed: 0,
      rows: [{ id: surface, kind: 'BECAUSE_YOU_WATCHED', headline, items }],
      modelVersions: [],
      stamp: '',
      ...rest,
    };
  }

  /** For paging at once in this process, for others and for learning after the answer: one write, one publish. */
  #keep(served: readonly ServedSlate[], profileId: ProfileId | undefined): void {
    const slates = served.map(({ slate }) => slate);
    for (const slate of slates) this.#slates.remember(slate);
    this.#background.run('store title slates', () =>
      this.#slates.persist(slates.map((slate) => ({ slate }))),
    );
    if (profileId === undefined) return;
    this.#background.run('publish title slates', () =>
      this.#deps.bus.publish(slates.map((slate) => slateServedEvent(slate, profileId, new Map()))),
    );
  }
}

const NOTHING: ReadonlySet<TitleId> = new Set();

function watchedIn(state: ProfileState | undefined): ReadonlySet<TitleId> {
  const entries = state?.history.filter((entry) => entry.qualified || entry.completed) ?? [];
  return new Set(entries.map(({ titleId }) => titleId));
}

/** A series that the viewer is in the middle of goes on. */
function continuation(
  title: TitleFacts,
  state: ProfileState | undefined,
  allows: (id: TitleId) => boolean,
): SlateItem | undefined {
  if (title.kind !== 'SERIES' || !allows(title.id)) return undefined;
  const entry = state?.history.find(({ titleId }) => titleId === title.id);
  if (entry === undefined || entry.completed) return undefined;
  return {
    titleId: title.id,
    reason: { text: `Continue ${title.name}`, titleIds: [title.id], personIds: [] },
    score: 1,
    propensity: 1,
    sources: ['continue-watching'],
  };
}

function itemOf(
  { titleId, score, sources }: BlendedTitle,
  title: TitleFacts,
  surface: TitleSurface,
): SlateItem {
  const together = sources.includes('co-watch') && surface === 'watch-next';
  const reason: Reason = {
    // Who watched both is known, and not what came first.
    text: together ? `Watched by people who watched ${title.name}` : `More like ${title.name}`,
    titleIds: [title.id],
    personIds: [],
  };
  return { titleId, reason, score, propensity: 1, sources };
}

/** @param refused what was found and may not be shown, by the filter that refused it. */
function emptiness(
  items: readonly SlateItem[],
  refused: ReadonlyMap<string, number>,
): readonly Degradation[] {
  if (items.length > 0) return [];
  const component = mostFrequent(refused);
  return [
    {
      code: 'NO_CANDIDATES',
      step: 'FULL',
      component: component ?? 'neighbours',
      message:
        component === undefined
          ? 'No similar title is known.'
          : `No similar title can be shown to this viewer: the filter ${component} removes most.`,
    },
  ];
}
