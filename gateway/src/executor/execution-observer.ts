/** Who is told how an operation is executed. Absent, nothing is measured. */
import type { SubgraphFetch, SubgraphResult } from '../data-source/data-source.ts';

export interface ExecutionObserver<Context> {
  /** The plan is at hand. @param known it had been made before. @param startedAt of `performance.now()`. */
  planned(known: boolean, startedAt: number): void;
  /** Called in place of `send` for every fetch. Passes on what that answers; may say more to whoever works on it. */
  fetch(
    subgraph: string,
    request: SubgraphFetch<Context>,
    send: (request: SubgraphFetch<Context>) => Promise<SubgraphResult>,
  ): Promise<SubgraphResult>;
}
