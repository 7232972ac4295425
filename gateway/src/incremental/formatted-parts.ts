/** Parts of an answer as the client may read them: their errors masked, as those of the first part are. */
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import type { DeferredAnswer } from '../executor/deferred-answer.ts';
import type { LaterParts } from './answer-parts.ts';

export function formattedParts(
  { pending, parts }: DeferredAnswer,
  format: (errors: readonly GraphQLError[]) => readonly GraphQLFormattedError[],
): LaterParts {
  return {
    pending,
    async *parts() {
      for await (const part of parts()) {
        // Of all of them at once: one failure of a subgraph is one line in the log.
        const errors = format(part.delivered.flatMap((each) => each.errors));
        let from = 0;
        const delivered = part.delivered.map((each) => {
          const own = errors.slice(from, from + each.errors.length);
          from += own.length;
          return { ...each, errors: own };
        });
        yield { ...part, delivered };
      }
    },
  };
}
