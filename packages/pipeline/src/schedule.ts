/**
 * Which feature hydrators and scorers run together, and where each filter goes; decided once per pipeline.
 *
 * The list of hydrators and scorers is cut into groups. A new group begins where a component needs what the
 * current group makes, where a filter has everything it needs (removing first is cheaper than fetching for
 * candidates that go), and at the first scorer. The members of a group run in parallel.
 */
import type { Candidate, Filter, ListedFeatureHydrator, ListedScorer, PipelineDefinition } from './stages.ts';

export type Enricher<Q, C extends Candidate> = ListedFeatureHydrator<Q, C> | ListedScorer<Q, C>;

/** Filters first, then the group; the last step has filters alone. */
export interface Step<Q, C extends Candidate> {
  readonly filters: readonly Filter<Q, C>[];
  readonly group: readonly Enricher<Q, C>[];
}

export function scheduleSteps<Q, C extends Candidate>(definition: PipelineDefinition<Q, C>): Step<Q, C>[] {
  const available = new Set<keyof C>(['id', 'provenance', ...definition.initial]);
  const waiting = new Set(definition.filters);
  const runnable = (): Filter<Q, C>[] => {
    const ready = [...waiting].filter((filter) =>
      filter.requiresOfCandidate.every((key) => available.has(key)),
    );
    for (const filter of ready) waiting.delete(filter);
    return ready;
  };

  const steps: Step<Q, C>[] = [];
  let filters = runnable();
  let group: Enricher<Q, C>[] = [];
  let made = new Set<keyof C>();
  const close = (ready: Filter<Q, C>[]): void => {
    steps.push({ filters, group });
    filters = ready;
    group = [];
    made = new Set();
  };
  const enrichers = [...definition.featureHydrators, ...definition.scorers];
  for (const [index, enricher] of enrichers.entries()) {
    const startsScoring = index === definition.featureHydrators.length;
    const needsGroup = enricher.requiresOfCandidate.some((key) => made.has(key));
    if (group.length > 0 && (startsScoring || needsGroup)) close([]);
    group.push(enricher);
    for (const key of enricher.produces) {
      made.add(key);
      available.add(key);
    }
    const ready = runnable();
    if (ready.length > 0) close(ready);
  }
  if (group.length > 0) close([]);
  steps.push({ filters, group: [] });
  return steps;
}
