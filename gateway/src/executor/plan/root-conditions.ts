/**
 * Type conditions on the root of a fetch. The planner writes them by the supergraph's name of the root type; a subgraph may
 * call its own otherwise (`schema { query: MyQuery }`), and would refuse the fetch or answer it with nothing. A condition
 * there says nothing: whatever it names, the root is of it.
 */
import { Kind, print, type SelectionNode, type SelectionSetNode, stripIgnoredCharacters } from 'graphql';
import { operationOf } from './selection.ts';

/** @param operation as text, of a fetch that is not for entities. @returns the same one where there is no such condition. */
export function withoutRootConditions(operation: string): string {
  if (!/\.\.\.\s*on\s/.test(operation)) return operation;
  const parsed = operationOf(operation);
  if (!parsed.selectionSet.selections.some(({ kind }) => kind === Kind.INLINE_FRAGMENT)) return operation;
  const selectionSet = unconditional(parsed.selectionSet);
  return stripIgnoredCharacters(print({ ...parsed, selectionSet }));
}

function unconditional(set: SelectionSetNode): SelectionSetNode {
  const selections = set.selections.flatMap((selection): readonly SelectionNode[] => {
    if (selection.kind !== Kind.INLINE_FRAGMENT) return [selection];
    const within = unconditional(selection.selectionSet);
    // Conditions of the client stay.
    return selection.directives?.length
      ? [{ ...selection, typeCondition: undefined, selectionSet: within }]
      : within.selections;
  });
  return { ...set, selections };
}
