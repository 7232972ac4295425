/** A fetch that failed as a whole, as an answer: one error for each place that it leaves empty. */
import { isMarqueeError } from '@marquee/service-kit';
import { GraphQLError, Kind, parse } from 'graphql';
import type { SubgraphResult } from './data-source.ts';

/** A client sees which of its fields are missing and why; of entities it sees that some are. */
export function failedFetch(error: unknown, query: string): SubgraphResult {
  const code = isMarqueeError(error) ? error.code : 'INTERNAL_SERVER_ERROR';
  const message = isMarqueeError(error) ? error.publicMessage : 'subgraph failed';
  const originalError = error instanceof Error ? error : undefined;
  return {
    data: null,
    errors: missingFields(query).map(
      (path) => new GraphQLError(message, { path, originalError, extensions: { code } }),
    ),
  };
}

/** The path of every root field; one undefined path where there are none of a client's, as for entities. */
function missingFields(query: string): readonly (readonly string[] | undefined)[] {
  const operation = parse(query, { noLocation: true }).definitions.find(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const fields = (operation?.selectionSet.selections ?? []).flatMap((selection) =>
    selection.kind === Kind.FIELD && selection.name.value !== '_entities'
      ? [[(selection.alias ?? selection.name).value]]
      : [],
  );
  return fields.length === 0 ? [undefined] : fields;
}
