/**
 * Root fields of a mutation in the order of the document. The planner keeps fragments with one condition as one, where
 * the first of them stands: `{ ... on Mutation { a } b ... on Mutation { c } }` would do c before b. So root fields
 * are taken out of their fragments before planning. Pure.
 */
import {
  type DirectiveNode,
  type DocumentNode,
  Kind,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** The same document for anything but a mutation with fragments at its root. */
export function withRootFieldsInOrder(document: DocumentNode): DocumentNode {
  const fragments = new Map<string, SelectionSetNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION)
      fragments.set(definition.name.value, definition.selectionSet);
  }
  let isSame = true;
  const definitions = document.definitions.map((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return definition;
    if (definition.operation !== OperationTypeNode.MUTATION) return definition;
    const { selections } = definition.selectionSet;
    if (selections.every(({ kind }) => kind === Kind.FIELD)) return definition;
    isSame = false;
    const selectionSet = { ...definition.selectionSet, selections: unfolded(selections, fragments) };
    return { ...definition, selectionSet };
  });
  return isSame ? document : { ...document, definitions };
}

/** Every fragment that validation lets stand at a root is about it. */
function unfolded(
  selections: readonly SelectionNode[],
  fragments: ReadonlyMap<string, SelectionSetNode>,
): SelectionNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    const set =
      selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments.get(selection.name.value);
    const inside = set === undefined ? [] : unfolded(set.selections, fragments);
    const directives = selection.directives ?? [];
    // Conditions that are not decided yet go with each of the fields.
    return directives.length === 0 ? inside : inside.map((each) => onCondition(each, directives));
  });
}

function onCondition(selection: SelectionNode, directives: readonly DirectiveNode[]): SelectionNode {
  const own = selection.directives ?? [];
  const isTwice = own.some(({ name }) => directives.some((other) => other.name.value === name.value));
  return isTwice
    ? {
        kind: Kind.INLINE_FRAGMENT,
        directives,
        selectionSet: { kind: Kind.SELECTION_SET, selections: [selection] },
      }
    : { ...selection, directives: [...directives, ...own] };
}
