/** Runs the filters of one step and counts removals by reason. */
import { checkFilter } from './laws.ts';
import type { Candidate, ComponentTrace, Filter, PipelineResult } from './stages.ts';

export type Removal<Q, C extends Candidate> = PipelineResult<Q, C>['removed'][number];

/**
 * @param removals is appended to.
 * @returns what is kept, frozen, and the filter's trace.
 * @throws whatever the filter throws, and LawBroken: a filter never fails open.
 */
export function runFilter<Q, C extends Candidate>(
  filter: Filter<Q, C>,
  query: Readonly<Q>,
  candidates: readonly C[],
  removals: Removal<Q, C>[],
): { kept: readonly C[]; trace: ComponentTrace } {
  const { name, kind } = filter;
  const startedAt = performance.now();
  const counts = { input: candidates.length, output: candidates.length };
  if (candidates.length === 0 || filter.applies?.(query) === false) {
    const trace: ComponentTrace = { name, kind, outcome: 'skipped', milliseconds: 0, ...counts };
    return { kept: candidates, trace };
  }
  const result = filter.filter(query, candidates);
  checkFilter(candidates, result);
  const removed: Record<string, number> = {};
  for (const { candidate, reason } of result.removed) {
    removed[reason] = (removed[reason] ?? 0) + 1;
    removals.push({ candidate, reason, filter: name });
  }
  const kept = result.removed.length === 0 ? candidates : Object.freeze([...(result.kept as readonly C[])]);
  const milliseconds = performance.now() - startedAt;
  return {
    kept,
    trace: { name, kind, outcome: 'ok', milliseconds, input: counts.input, output: kept.length, removed },
  };
}
