/** Counts the errors that clients are told, by code and by the subgraph that they come from. */
import type { Metrics } from '@marquee/service-kit';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import { BoundedLabels, OTHER } from './bounded-labels.ts';

/** Codes by subgraphs that have series of their own. */
const MAX_KINDS = 200;
const MAX_CODE = 100;

export class ErrorCounter {
  readonly #metrics: Metrics | undefined;
  readonly #kinds = new BoundedLabels(MAX_KINDS);

  constructor(metrics: Metrics | undefined) {
    this.#metrics = metrics;
  }

  /** @param sent as the client reads them. @param errors what they were made of, in their order: these know the subgraph. */
  count(sent: readonly GraphQLFormattedError[], errors: readonly GraphQLError[]): void {
    if (this.#metrics === undefined) return;
    for (const [index, error] of sent.entries()) {
      const code = codeOf(error);
      const subgraph = `${errors[index]?.extensions.serviceName ?? 'gateway'}`;
      const labels = this.#kinds.admits(code, subgraph)
        ? { code, subgraph }
        : { code: OTHER, subgraph: OTHER };
      this.#metrics.count('marquee_graphql_errors_total', labels);
    }
  }
}

export function codeOf(error: GraphQLFormattedError): string {
  return `${error.extensions?.code ?? 'UNKNOWN'}`.slice(0, MAX_CODE);
}
