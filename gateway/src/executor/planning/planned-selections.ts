/** Selections as query plans have them: what a fetch requires of an object. Pure. */
import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import { Kind, type SelectionSetNode } from 'graphql';

export const TYPENAME: QueryPlanSelectionNode = { kind: 'Field', name: '__typename' };

/** Of a set as a schema has it, without spreads. */
export function plannedSelections(set: SelectionSetNode | undefined): QueryPlanSelectionNode[] {
  return (set?.selections ?? []).flatMap((selection): QueryPlanSelectionNode[] => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
    const selections = selection.selectionSet && plannedSelections(selection.selectionSet);
    if (selection.kind === Kind.FIELD) {
      return [{ kind: 'Field', name: selection.name.value, ...(selections && { selections }) }];
    }
    const typeCondition = selection.typeCondition?.name.value;
    return typeCondition === undefined ? (selections ?? []) : [fragmentNode(typeCondition, selections ?? [])];
  });
}

export function fragmentNode(
  typeCondition: string,
  selections: QueryPlanSelectionNode[],
): QueryPlanSelectionNode {
  return { kind: 'InlineFragment', typeCondition, selections };
}
