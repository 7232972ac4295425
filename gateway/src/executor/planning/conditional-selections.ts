/**
 * The planner leaves out a field when everything selected below it is skipped, though the answer has an object or
 * a list there. Where all of a selection set is conditional, `__typename` is planned beside it and keeps the field.
 */
import {
  type DocumentNode,
  type FieldNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** The same object where nothing had to be added. */
export function keepConditionalSelections(document: DocumentNode): DocumentNode {
  return visit(document, {
    Field: {
      leave(field): FieldNode | undefined {
        if (field.selectionSet === undefined || field.selectionSet.selections.some(isUnconditional)) {
          return undefined;
        }
        const selections = [TYPENAME, ...field.selectionSet.selections];
        const selectionSet: SelectionSetNode = { ...field.selectionSet, selections };
        return { ...field, selectionSet };
      },
    },
  });
}

/** Fragments may hold nothing but conditional fields. */
function isUnconditional(selection: SelectionNode): boolean {
  return (
    selection.kind === Kind.FIELD &&
    !selection.directives?.some(({ name }) => name.value === 'skip' || name.value === 'include')
  );
}
