/**
 * What one viewer must not be shown, as of now. A stored slate may be an hour old; every page of it passes
 * through the guard again, so that a title hidden since, or no longer available, never comes back.
 */
import type { MaturityRating, Region, Segment, TitleId } from '@marquee/domain';
import { isServable, type ProfileState, type TitleTable } from '@marquee/features';

export interface ViewerGuard {
  allows(titleId: TitleId): boolean;
}

export interface GuardFacts {
  readonly hidden: ReadonlySet<TitleId>;
  readonly disliked: ReadonlySet<TitleId>;
  readonly maturityLimit?: MaturityRating;
  readonly region?: Region;
  readonly segment: Segment;
}

/**
 * Assumed for a profile whose own limit cannot be read: a page for everybody is a disappointment, a film for
 * adults on a child's page is a breach.
 */
export const LIMIT_WHEN_UNKNOWN: MaturityRating = 'PG';

export function guardFacts(state: ProfileState): GuardFacts {
  const disliked = new Set<TitleId>();
  for (const [titleId, { reaction }] of Object.entries(state.reactions)) {
    if (reaction === 'DISLIKE') disliked.add(titleId);
  }
  return {
    hidden: new Set(state.hiddenTitleIds),
    disliked,
    segment: state.segment,
    ...(state.maturityLimit === undefined ? {} : { maturityLimit: state.maturityLimit }),
    ...(state.region === undefined ? {} : { region: state.region }),
  };
}

export function createViewerGuard(titles: TitleTable, facts: GuardFacts, now: number): ViewerGuard {
  const at = { now, region: facts.region, maturityLimit: facts.maturityLimit };
  return {
    allows(titleId) {
      if (facts.hidden.has(titleId) || facts.disliked.has(titleId)) return false;
      const title = titles.get(titleId);
      return title !== undefined && isServable(title, at);
    },
  };
}
