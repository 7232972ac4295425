/**
 * What one viewer must not be shown, as of now. A stored slate may be an hour old; every page of it passes
 * through the guard again, so that a title hidden since, or no longer available, never comes back.
 */
import type { MaturityRating, Region, Segment, TitleId } from '@marquee/domain';
import { isServable, type ProfileState, type TitleTable } from '@marquee/features';

export interface ViewerGuard {
  allows(titleId: TitleId): boolean;
  /** The filter of the home page that would remove the title; undefined when it is allowed. */
  objection(titleId: TitleId): string | undefined;
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
  const objection = (titleId: TitleId): string | undefined => {
    if (facts.hidden.has(titleId)) return 'hidden';
    if (facts.disliked.has(titleId)) return 'disliked';
    const title = titles.get(titleId);
    if (title === undefined) return 'unknown-title';
    if (isServable(title, at)) return undefined;
    return isServable(title, { now, region: facts.region }) ? 'maturity' : 'unavailable';
  };
  return { objection, allows: (titleId) => objection(titleId) === undefined };
}
