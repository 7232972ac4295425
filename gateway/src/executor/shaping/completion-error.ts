/** What shaping finds wrong with subgraphs' data, and which of it is news to the client. */
import { GraphQLError } from 'graphql';

export interface CompletionProblem {
  /** `removed`: the client may not read it, and is told so elsewhere. */
  readonly kind: 'null' | 'value' | 'removed';
  readonly message: string;
  readonly path: readonly (string | number)[];
}

/**
 * One error for each problem, except for nulls that an error of a subgraph explains: one at, above or below the
 * same place, or one that says nothing about its place.
 */
export function completionErrors(
  problems: readonly CompletionProblem[],
  reported: readonly GraphQLError[],
): GraphQLError[] {
  const explains = explanation(reported);
  return problems
    .filter((problem) => problem.kind === 'value' || (problem.kind === 'null' && !explains(problem.path)))
    .map(({ message, path }) => new GraphQLError(message, { path }));
}

function explanation(reported: readonly GraphQLError[]): (path: readonly (string | number)[]) => boolean {
  const places = new Set<string>();
  const above = new Set<string>();
  for (const { path } of reported) {
    if (path === undefined) return () => true;
    let text = '';
    for (const part of path) {
      text += keyOf(part);
      above.add(text);
    }
    places.add(text);
  }
  return (path) => {
    let text = '';
    for (const part of path) {
      text += keyOf(part);
      if (places.has(text)) return true;
    }
    return above.has(text);
  };
}

function keyOf(part: string | number): string {
  return typeof part === 'number' ? `[${part}]` : `.${part}`;
}
