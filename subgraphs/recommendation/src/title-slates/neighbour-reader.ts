/**
 * Reads everything about any number of titles and one viewer at once: one read of the store, one of vectors, one
 * batch of searches. Each may be away; the answer says which was.
 */
import type { Degradation, ProfileId, TitleId } from '@marquee/domain';
import {
  emptyProfileState,
  type ProfileState,
  profileStateView,
  type TitleNeighbours,
  titleNeighboursView,
} from '@marquee/features';
import { beforeDeadline, type Deadline, type Logger } from '@marquee/service-kit';
import type { Neighbour } from '@marquee/vector-index';
import type { RecommendationDeps } from '../dependencies.ts';
import type { SlateStore } from '../slates/slate-store.ts';
import { guardFacts } from '../slates/viewer-guard.ts';

const STORE_MS = 100;
const VECTORS_MS = 150;
/** Some of them the viewer may not be shown. */
const CONTENT_NEIGHBOURS = 120;

export interface NeighboursOfTitles {
  /** Undefined when it could not be read. */
  readonly state: ProfileState | undefined;
  readonly coWatch: readonly (TitleNeighbours | undefined)[];
  readonly content: readonly (readonly Neighbour[])[];
  readonly degradations: readonly Degradation[];
}

export class NeighbourReader {
  readonly #deps: Pick<RecommendationDeps, 'store' | 'vectorIndex' | 'clock' | 'patience'>;
  readonly #slates: SlateStore;
  readonly #logger: Logger;

  constructor(deps: RecommendationDeps, slates: SlateStore) {
    this.#deps = deps;
    this.#slates = slates;
    this.#logger = deps.logger;
  }

  async read(
    titleIds: readonly TitleId[],
    profileId: ProfileId | undefined,
    deadline: Deadline,
  ): Promise<NeighboursOfTitles> {
    const { patience = 1 } = this.#deps;
    const [stored, content] = await Promise.all([
      this.#attempt('co-watch', this.#stored(titleIds, profileId), deadline.within(STORE_MS * patience)),
      this.#attempt(
        'content-similarity',
        this.#content(titleIds, deadline),
        deadline.within(VECTORS_MS * patience),
      ),
    ]);
    const degradations: Degradation[] = [];
    if (stored === undefined) degradations.push(omitted('co-watch'));
    if (content === undefined) degradations.push(omitted('content-similarity'));
    return {
      state: stored?.state,
      coWatch: stored?.coWatch ?? [],
      content: content ?? [],
      degradations,
    };
  }

  async #stored(titleIds: readonly TitleId[], profileId: ProfileId | undefined) {
    const neighbourKeys = titleIds.map((id) => titleNeighboursView.key(id));
    const blobs = await this.#deps.store.getMany(
      profileId === undefined ? neighbourKeys : [...neighbourKeys, profileStateView.key(profileId)],
    );
    const state = profileStateView.decode(blobs[titleIds.length]) ?? emptyProfileState();
    if (profileId !== undefined) this.#slates.rememberGuard(profileId, guardFacts(state));
    return { state, coWatch: titleIds.map((_, i) => titleNeighboursView.decode(blobs[i])) };
  }

  async #content(
    titleIds: readonly TitleId[],
    deadline: Deadline,
  ): Promise<readonly (readonly Neighbour[])[]> {
    const { vectorIndex, clock } = this.#deps;
    const vectors = await vectorIndex.vectors(titleIds);
    const known = titleIds.map((_, i) => i).filter((i) => vectors[i] !== undefined);
    if (known.length === 0) return [];
    const found = await vectorIndex.search(
      known.map((i) => ({
        vector: vectors[i]!,
        k: CONTENT_NEIGHBOURS,
        filter: { availableAt: clock.now(), excludeIds: [titleIds[i]!] },
        deadline,
      })),
    );
    const answers: (readonly Neighbour[])[] = titleIds.map(() => []);
    for (const [place, i] of known.entries()) answers[i] = found[place] ?? [];
    return answers;
  }

  async #attempt<T>(what: string, work: Promise<T>, deadline: Deadline): Promise<T | undefined> {
    try {
      return await beforeDeadline(work, deadline, what);
    } catch (error) {
      this.#logger.warn({ err: error, source: what }, 'a source of similar titles is away');
      return undefined;
    }
  }
}

function omitted(component: string): Degradation {
  return {
    code: 'SOURCE_OMITTED',
    step: 'WITHOUT_SOURCE',
    component,
    message: `The list was made without ${component}, which did not answer.`,
  };
}
