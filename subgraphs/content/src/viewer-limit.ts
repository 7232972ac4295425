/**
 * The maturity limit of whoever asks. Profiles belong to another subgraph, so the limit comes through a small port;
 * it is read at most once per request, and only when something is asked for that it applies to.
 */
import type { MaturityRating, ProfileId } from '@marquee/domain';
import { beforeDeadline } from '@marquee/service-kit';
import type { RequestContext } from '@marquee/service-kit/subgraph';

/** Undefined: no limit, also for profiles that nobody has registered. */
export type MaturityLimitOf = (profileId: ProfileId) => Promise<MaturityRating | undefined>;

export interface ViewerLimit {
  /**
   * Undefined: no limit, and so for anonymous requests.
   * @throws what the port throws, or MarqueeError DEADLINE_EXCEEDED: a limit that cannot be read is not "no limit".
   */
  get(): Promise<MaturityRating | undefined>;
}

export function createViewerLimit(maturityLimitOf: MaturityLimitOf, request: RequestContext): ViewerLimit {
  const { viewer, deadline } = request;
  let limit: Promise<MaturityRating | undefined> | undefined;
  return {
    get() {
      limit ??=
        viewer === undefined
          ? Promise.resolve(undefined)
          : beforeDeadline(maturityLimitOf(viewer.profileId), deadline, "the viewer's maturity limit");
      return limit;
    },
  };
}
