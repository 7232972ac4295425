/** A pipeline whose components have more time, or less, than their files say. */
import type { Candidate, PipelineDefinition } from '@marquee/pipeline';

export function withPatience<Q, C extends Candidate>(
  patience: number,
  definition: PipelineDefinition<Q, C>,
): PipelineDefinition<Q, C> {
  if (patience === 1) return definition;
  const scaled = <T extends { readonly timeoutMs: number }>(components: readonly T[]): readonly T[] =>
    components.map((component) => ({ ...component, timeoutMs: component.timeoutMs * patience }));
  return {
    ...definition,
    queryHydrators: scaled(definition.queryHydrators),
    candidateSources: scaled(definition.candidateSources),
    featureHydrators: scaled(definition.featureHydrators),
    scorers: scaled(definition.scorers),
  };
}
