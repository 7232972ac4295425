/** Which fields of the schema an operation names, and its text without what a client may have written into it. */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionSetNode,
  visit,
} from 'graphql';

/** @returns coordinates like `Title.name`, sorted, each once. @param document valid over `schema`. */
export function fieldsOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly string[] {
  const fields = new Set<string>();
  const visited = new Set<string>();
  const fragments = fragmentsOf(document);
  const collect = (typeName: string, { selections }: SelectionSetNode): void => {
    const type = schema.getType(typeName);
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const { value: name } = selection.name;
        if (name.startsWith('__')) continue;
        fields.add(`${typeName}.${name}`);
        if (selection.selectionSet === undefined || !(isObjectType(type) || isInterfaceType(type))) continue;
        const field = type.getFields()[name];
        if (field !== undefined) collect(getNamedType(field.type).name, selection.selectionSet);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.typeCondition?.name.value ?? typeName, selection.selectionSet);
      } else {
        const { value: name } = selection.name;
        const fragment = fragments.get(name);
        // What a fragment names does not depend on where it is spread.
        if (fragment === undefined || visited.has(name)) continue;
        visited.add(name);
        collect(fragment.typeCondition.name.value, fragment.selectionSet);
      }
    }
  };
  const root = schema.getRootType(operation.operation);
  if (root !== undefined && root !== null && isCompositeType(root))
    collect(root.name, operation.selectionSet);
  return [...fields].sort();
}

/** The operation and its fragments, with literals replaced by empty ones of their kind. Enum values and Booleans stay. */
export function textWithoutLiterals(document: DocumentNode, operation: OperationDefinitionNode): string {
  const all = fragmentsOf(document);
  const needed = new Set<FragmentDefinitionNode>();
  const need = (definition: OperationDefinitionNode | FragmentDefinitionNode): void => {
    visit(definition, {
      FragmentSpread({ name }) {
        const fragment = all.get(name.value);
        if (fragment === undefined || needed.has(fragment)) return;
        needed.add(fragment);
        need(fragment);
      },
    });
  };
  need(operation);
  return print(blankLiterals({ kind: Kind.DOCUMENT, definitions: [operation, ...needed] }));
}

/** With literals replaced by empty ones of their kind. Enum values and Booleans stay. */
export function blankLiterals(document: DocumentNode): DocumentNode {
  return visit(document, {
    StringValue: (node) => ({ ...node, value: '', block: false }),
    IntValue: (node) => ({ ...node, value: '0' }),
    FloatValue: (node) => ({ ...node, value: '0' }),
  });
}

function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  );
}
