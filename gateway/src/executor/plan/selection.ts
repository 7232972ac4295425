/** What the operation of a fetch selects, read from its text. */
import { Kind, type OperationDefinitionNode, parse, type SelectionSetNode } from 'graphql';

/** @param query a document as the planner writes it: one operation, no fragment definitions. */
export function operationOf(query: string): OperationDefinitionNode {
  const [operation, ...rest] = parse(query, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION || rest.length > 0) {
    throw new Error('a planned fetch is not one operation');
  }
  return operation;
}

/** Response names that a fetch asks of the objects it is for, without type names: of the root or of entities. */
export function fetchedNames(query: string): Set<string> {
  const names = new Set<string>();
  const walk = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) walk(selection.selectionSet);
      else if (selection.kind === Kind.FIELD && selection.name.value !== '__typename') {
        names.add((selection.alias ?? selection.name).value);
      }
    }
  };
  const { selectionSet } = operationOf(query);
  const [first] = selectionSet.selections;
  const isOfEntities = first?.kind === Kind.FIELD && first.name.value === '_entities';
  walk((isOfEntities && first.selectionSet) || selectionSet);
  return names;
}

/** Places of nested objects that the fetch writes, lists left out: `title genres` for `title.@.genres`. */
export function nestedPaths(query: string, path: readonly string[]): ReadonlySet<string> {
  const paths = new Set<string>();
  const walk = (set: SelectionSetNode, at: string): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        walk(selection.selectionSet, at);
      } else if (selection.selectionSet !== undefined) {
        const isEntities = selection.name.value === '_entities';
        const below = isEntities ? at : `${at} ${(selection.alias ?? selection.name).value}`;
        if (!isEntities) paths.add(below);
        walk(selection.selectionSet, below);
      }
    }
  };
  walk(operationOf(query).selectionSet, path.filter((step) => step !== '@').join(' '));
  return paths;
}
