/**
 * `@skip` and `@include`, decided before planning. The planner can plan conditions too, but what it makes of them
 * is not always right: a field is left out although it has an object with nothing selected in it, and an entity is
 * not asked about because a field that was skipped would have required more of it.
 */
import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';

export const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/**
 * The document without its conditions. Where nothing is left in a selection set, `__typename` keeps its place.
 * @param values of the variables that decide.
 */
export function decideConditions(
  document: DocumentNode,
  values: Readonly<Record<string, unknown>>,
): DocumentNode {
  return visit(document, {
    SelectionSet: {
      leave(set): SelectionSetNode {
        const selections = set.selections.flatMap((selection) => decided(selection, values));
        return { ...set, selections: selections.length === 0 ? [TYPENAME] : selections };
      },
    },
  });
}

function decided(selection: SelectionNode, values: Readonly<Record<string, unknown>>): SelectionNode[] {
  if (selection.directives === undefined || selection.directives.length === 0) return [selection];
  if (!isIncluded(selection.directives, values)) return [];
  return [{ ...selection, directives: selection.directives.filter(({ name }) => !isCondition(name.value)) }];
}

/** As GraphQL decides it: neither skipped nor not included. */
export function isIncluded(
  directives: readonly DirectiveNode[] | undefined,
  values: Readonly<Record<string, unknown>>,
): boolean {
  return (directives ?? []).every(({ name, arguments: given }) => {
    if (!isCondition(name.value)) return true;
    const value = given?.[0]?.value;
    const holds =
      value?.kind === Kind.BOOLEAN
        ? value.value
        : value?.kind === Kind.VARIABLE && values[value.name.value] === true;
    return holds === (name.value === 'include');
  });
}

export function isCondition(directive: string): boolean {
  return directive === 'skip' || directive === 'include';
}
