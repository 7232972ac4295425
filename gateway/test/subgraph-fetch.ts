/** The least of a fetch that the executor would send: `{ a }`, with five seconds to be answered in. */
import { deadlineAfter } from '@marquee/service-kit';
import type { SubgraphFetch } from '../src/data-source/data-source.ts';
import type { HasRequestContext } from '../src/data-source/in-process-data-source.ts';

export function subgraphFetch(
  different: Partial<SubgraphFetch<HasRequestContext>> = {},
): SubgraphFetch<HasRequestContext> {
  return {
    query: '{ a }',
    operationName: undefined,
    kind: 'query',
    variables: {},
    headers: undefined,
    context: { request: { requestId: 'r', deadline: deadlineAfter(5_000) } },
    ...different,
  };
}
