/** From what a run went without to what the answer says about it. */
import { type Degradation, LADDER_STEPS, type LadderStep } from '@marquee/domain';
import type { PipelineTrace } from '@marquee/pipeline';
import type { HomeLists } from './home-query.ts';
import { SOURCE } from './source-names.ts';

/** A hydrator that fails leaves these sources with nothing to go by. */
const STARVED: Readonly<Record<string, readonly string[]>> = {
  'co-watch': [SOURCE.becauseYouWatched],
  'taste-vector': [SOURCE.contentSimilarity, SOURCE.similarToSeeds],
};

export function degradationsOf(trace: PipelineTrace, lists: HomeLists): readonly Degradation[] {
  return trace.degraded.flatMap(({ component, kind }): readonly Degradation[] => {
    const starved = STARVED[component];
    if (kind === 'candidate-source') return [sourceOmitted(component)];
    if (starved !== undefined) return starved.map(sourceOmitted);
    switch (component) {
      case 'ranking-model':
        return [
          {
            code: 'RANKER_UNAVAILABLE',
            step: 'WITHOUT_RANKER',
            component,
            message: "The ranker did not answer; titles are ordered by their sources' own scores.",
          },
        ];
      case 'title-lists':
        return lists.popular.length === 0
          ? [sourceOmitted(SOURCE.popularInSegment), sourceOmitted(SOURCE.trending)]
          : [without('LISTS_STALE', component, 'Popular and trending titles are those last known.')];
      case 'experiment-assignment':
        return [without('EXPERIMENTS_UNAVAILABLE', component, 'No experiment applies to this page.')];
      case 'names':
        return [without('NAMES_UNAVAILABLE', component, 'Rows that need a name may be missing.')];
      default:
        return [
          without('FEATURES_DEFAULTED', component, `${component} did not answer; usual values were assumed.`),
        ];
    }
  });
}

function sourceOmitted(component: string): Degradation {
  return without(
    'SOURCE_OMITTED',
    component,
    `The page was made without ${component}, which did not answer.`,
  );
}

function without(code: string, component: string, message: string): Degradation {
  return { code, step: 'WITHOUT_SOURCE', component, message };
}

const CODES: Readonly<Record<string, string>> = {
  'profile-state': 'PROFILE_STATE_UNAVAILABLE',
  'page-making': 'TOO_BUSY',
};

/** The whole run failed, and a lower step of the ladder answered. */
export function fellTo(step: LadderStep, component: string): Degradation {
  const words: Partial<Record<LadderStep, string>> = {
    CACHED_SLATE: 'This is an earlier page.',
    POPULAR_IN_SEGMENT: 'This is what is popular, not what is picked for the viewer.',
    STATIC_EDITORIAL: 'This is a page for everybody.',
  };
  const why = component === 'page-making' ? 'too many are being made' : `${component} did not answer`;
  return {
    code: CODES[component] ?? 'PIPELINE_FAILED',
    step,
    component,
    message: `The page could not be made: ${why}. ${words[step] ?? ''}`.trim(),
  };
}

/** The step of the ladder that a page with these degradations came from: the lowest they name. */
export function stepOf(degradations: readonly Degradation[]): LadderStep {
  const lowest = Math.max(0, ...degradations.map(({ step }) => LADDER_STEPS.indexOf(step)));
  return LADDER_STEPS[lowest] as LadderStep;
}

/** Codes that say that there is little to show, not that a part failed. */
const SCARCITY: ReadonlySet<string> = new Set(['NO_CANDIDATES', 'FEW_CANDIDATES']);

/** Whether a page with these degradations is as good as it could be, and may answer later requests. */
export function isWholePage(degradations: readonly Degradation[]): boolean {
  return degradations.every(({ code }) => SCARCITY.has(code));
}
