/** Runs the filters of one step and counts removals by reason. */
import { CandidateList } from './candidate-list.ts';
import { checkFilter } from './laws.ts';
import type { Candidate, ComponentTrace, Filter, PipelineResult } from './stages.ts';

export type Removal<Q, C extends Candidate> = PipelineResult<Q, C>['removed'][number];

/**
 * @param removals is appended to.
 * @returns what is kept, and the filter's trace.
 * @throws whatever the filter throws, and LawBroken: a filter never fails open.
 */
export function runFilter<Q, C extends Candidate>(
  filter: Filter<Q, C>,
  query: Readonly<Q>,
  candidates: CandidateList<C>,
  removals: Removal<Q, C>[],
): { kept: CandidateList<C>; trace: ComponentTrace } {
  const { name, kind } = filter;
  const { items } = candidates;
  const startedAt = performance.now();
  const input = items.length;
  if (input === 0 || filter.applies?.(query) === false) {
    return {
      kept: candidates,
      trace: { name, kind, outcome: 'skipped', milliseconds: 0, input, output: input },
    };
  }
  const result = filter.filter(query, items);
  candidates.requireUnchanged();
  checkFilter(items, result);
  const removed: Record<string, number> = {};
  for (const { candidate, reason } of result.removed) {
    removed[reason] = (removed[reason] ?? 0) + 1;
    removals.push({ candidate, reason, filter: name });
  }
  const kept = result.removed.length === 0 ? candidates : new CandidateList(result.kept as readonly C[]);
  const milliseconds = performance.now() - startedAt;
  return {
    kept,
    trace: { name, kind, outcome: 'ok', milliseconds, input, output: kept.items.length, removed },
  };
}
