/**
 * What is believed about how often a title is watched when it is shown, as a Beta distribution: the parameter of a coin of
 * which some throws were seen. What little is known of a title in a segment is completed by what is known of the title,
 * and that by what is known of all titles in the draw, and of the viewer (empirical Bayes in two steps).
 */

/** Parameters of a Beta distribution; both greater than 0. */
export interface Posterior {
  readonly alpha: number;
  readonly beta: number;
}

/** Counts of a window that both kinds share, e.g. decayed with a half-life of seven days. */
export interface Counts {
  readonly impressions: number;
  /** Qualified watches; those that no impression explains, as of a search, are cut off at the impressions. */
  readonly watches: number;
}

export interface Evidence {
  /** Of the title with everybody. */
  readonly title: Counts;
  /** Of the title in the viewer's segment; zeros where nothing was counted. */
  readonly inSegment: Counts;
  /** How often the viewer is expected to watch it, as a multiple of what is usual in the draw; absent: as usual. */
  readonly lift?: number;
  /**
   * Multiplies what is believed after all was counted: what is known of this one case and of no other that is counted with it.
   * Default 1.
   */
  readonly scale?: number;
}

/** Assumed before anything was shown, and worth PRIOR_IMPRESSIONS of evidence. */
const PRIOR_RATE = 0.05;
const PRIOR_IMPRESSIONS = 200;
/** How many impressions the mean of the draw is worth to a title, and a title's own rate to it in a segment. */
const DRAW_IMPRESSIONS = 40;
const TITLE_IMPRESSIONS = 20;
/** Never surer than after this many impressions: what people like changes. */
const MOST_IMPRESSIONS = 1_000;
/** Keeps both parameters above 0. */
const LEAST_RATE = 0.002;

/**
 * One per piece of evidence, in its order. Negative and non-finite counts are taken for none.
 * @param prudence multiplies how much is to be counted before a rate of its own is believed
 */
export function posteriorsOf(evidence: readonly Evidence[], prudence = 1): Posterior[] {
  const drawImpressions = prudence * DRAW_IMPRESSIONS;
  const titleImpressions = prudence * TITLE_IMPRESSIONS;
  let shown = PRIOR_IMPRESSIONS;
  let watched = PRIOR_RATE * PRIOR_IMPRESSIONS;
  for (const { title } of evidence) {
    shown += impressionsOf(title);
    watched += watchesOf(title);
  }
  const usual = watched / shown;
  return evidence.map(({ title, inSegment, lift = 1, scale = 1 }) => {
    const rate =
      (watchesOf(title) + drawImpressions * usual * lift) / (impressionsOf(title) + drawImpressions);
    const impressions = impressionsOf(inSegment);
    const total = titleImpressions + impressions;
    const mean = (scale * (watchesOf(inSegment) + titleImpressions * rate)) / total;
    const bounded = Math.min(1 - LEAST_RATE, Math.max(LEAST_RATE, mean));
    const weight = Math.min(total, MOST_IMPRESSIONS);
    return { alpha: bounded * weight, beta: (1 - bounded) * weight };
  });
}

function impressionsOf({ impressions }: Counts): number {
  return impressions > 0 && Number.isFinite(impressions) ? impressions : 0;
}

function watchesOf(counts: Counts): number {
  const { watches } = counts;
  return watches > 0 ? Math.min(watches, impressionsOf(counts)) : 0;
}
