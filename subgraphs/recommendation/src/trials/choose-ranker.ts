/** Which version of the ranker scores for whom: the canary for those who were drawn for it, production for everybody else. */
import { isCanaryFor } from '@marquee/model-registry/trials';
import type { ModelRuntime } from '@marquee/model-runtime';
import type { RecommendationDeps } from '../dependencies.ts';

export function chooseRanker(
  { modelRuntime, trials }: Pick<RecommendationDeps, 'modelRuntime' | 'trials'>,
  assignments: Readonly<Record<string, string>>,
): ModelRuntime {
  const canary = trials?.canary;
  return canary !== undefined && isCanaryFor(assignments, canary.version) ? canary.runtime : modelRuntime;
}
