/** Slates that were made earlier, for paging inside them: only for whom they were made, and without what they hid since. */
import type { ProfileId } from '@marquee/domain';
import { beforeDeadline, type Deadline, MarqueeError } from '@marquee/service-kit';
import type { RecommendationDeps } from '../dependencies.ts';
import { isErased, NOBODY, type ViewerRecord } from '../erasures/viewer-records.ts';
import type { ServedSlate, StoredSlate } from '../slates/stored-slate.ts';
import { createViewerGuard, type GuardFacts, guardFacts } from '../slates/viewer-guard.ts';
import type { HomeMemory } from './home.pipeline.ts';
import type { ViewerLookUp } from './viewer-look-up.ts';

export class KeptSlates {
  readonly #deps: Pick<RecommendationDeps, 'clock' | 'titles'>;
  readonly #memory: Pick<HomeMemory, 'slates' | 'viewers'>;
  readonly #viewerLookUp: ViewerLookUp;
  readonly #limits: { readonly homeMs: number; readonly lookUpMs: number };

  /** @param limits what reading a slate may take, and what reading of a viewer takes while all is well */
  constructor(
    deps: Pick<RecommendationDeps, 'clock' | 'titles'>,
    memory: Pick<HomeMemory, 'slates' | 'viewers'>,
    viewerLookUp: ViewerLookUp,
    limits: { readonly homeMs: number; readonly lookUpMs: number },
  ) {
    this.#deps = deps;
    this.#memory = memory;
    this.#viewerLookUp = viewerLookUp;
    this.#limits = limits;
  }

  /** @throws MarqueeError SLATE_EXPIRED when it is gone, FORBIDDEN when it is somebody else's. */
  async get(slateId: string, profileId: ProfileId | undefined, deadline: Deadline): Promise<ServedSlate> {
    const bound = deadline.within(this.#limits.homeMs);
    const slate = await beforeDeadline(this.#memory.slates.get(slateId), bound, 'the slate');
    if (slate === undefined) throw expired();
    if (slate.profileId !== profileId) {
      throw new MarqueeError('FORBIDDEN', 'This page was made for another viewer.');
    }
    const facts = await this.#guardOf(slate, deadline);
    return { slate, guard: createViewerGuard(this.#deps.titles, facts, this.#deps.clock.now()) };
  }

  /** What a viewer hid, for when their state cannot be read. */
  rememberGuard(profileId: ProfileId | undefined, { state }: ViewerRecord): void {
    if (profileId !== undefined) this.#memory.slates.rememberGuard(profileId, guardFacts(state));
  }

  /**
   * What must not be shown now of a slate made earlier.
   * @throws MarqueeError SLATE_EXPIRED when its profile was erased since.
   */
  async #guardOf({ profileId, revision }: StoredSlate, deadline: Deadline): Promise<GuardFacts> {
    if (profileId === undefined) return guardFacts(NOBODY.state);
    const { viewers, slates } = this.#memory;
    let viewer: ViewerRecord;
    try {
      viewer = await this.#viewerLookUp.read(profileId, deadline);
    } catch (error) {
      if (isErased(revision, viewers.lastSeenErasure(profileId))) throw expired();
      const known = slates.lastGuard(profileId);
      if (known === undefined) throw error;
      return known;
    }
    if (await viewers.erasedSince(revision, viewer, profileId, deadline.within(this.#limits.lookUpMs))) {
      slates.forget(profileId);
      throw expired();
    }
    this.rememberGuard(profileId, viewer);
    return guardFacts(viewer.state);
  }
}

function expired(): MarqueeError {
  return new MarqueeError('SLATE_EXPIRED', 'This page has expired; load it again.');
}
