/** What shaping finds wrong with subgraphs' data, and which of it is news to the client. */
import { GraphQLError } from 'graphql';

export interface CompletionProblem {
  /** `removed`: the client may not read it, and is told so elsewhere. */
  readonly kind: 'null' | 'value' | 'removed';
  readonly message: string;
  readonly path: readonly (string | number)[];
}

/**
 * One error for each problem, except for nulls that an error of a subgraph explains.
 * @param explains whether one does, by the place of the null.
 */
export function completionErrors(
  problems: readonly CompletionProblem[],
  explains: (path: CompletionProblem['path']) => boolean,
): GraphQLError[] {
  return problems
    .filter((problem) => problem.kind === 'value' || (problem.kind === 'null' && !explains(problem.path)))
    .map(({ message, path }) => new GraphQLError(message, { path }));
}
