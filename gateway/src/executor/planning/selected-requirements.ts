/** Selects, beside each field of an operation, what the field requires; and beside that what that requires. Pure. */
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  Kind,
  print,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { RequiredSelections } from '../supergraph/required-selections.ts';

/** Requirements inside requirements; more only where they go round in a circle. */
const MAX_DEPTH = 40;

export interface SelectedRequirements {
  readonly document: DocumentNode;
  /** A field of the operation requires what itself requires something, or what the planner goes in circles for. */
  readonly isChained: boolean;
}

/**
 * @param document valid; response names of required fields are free for them.
 * @param schema with all fields that can be required.
 * @throws GraphQLError where requirements never come to an end.
 */
export function withRequirementsSelected(
  document: DocumentNode,
  schema: GraphQLSchema,
  required: RequiredSelections,
): SelectedRequirements {
  let isChained = false;
  const expanded = (set: SelectionSetNode, type: GraphQLCompositeType, depth: number): SelectionSetNode => {
    if (depth > MAX_DEPTH) throw new GraphQLError('What the fields of this operation require has no end.');
    const selections: SelectionNode[] = [...set.selections];
    const present = new Set(selections.map((selection) => print(selection)));
    // What is added here is gone through in its turn.
    for (let i = 0; i < selections.length; i++) {
      const selection = selections[i] as SelectionNode;
      if (selection.kind === Kind.FIELD) {
        const field = selection.name.value;
        isChained ||= namesOf(type, schema).some(
          (name) => required.isChained(name, field) || required.goesInCircles(name, field),
        );
        for (const each of requirementsOf(selection, type, schema, required)) {
          const text = print(each);
          if (present.has(text)) continue;
          present.add(text);
          selections.push(each);
        }
      }
      selections[i] = below(selection, type, depth);
    }
    return { ...set, selections };
  };
  const below = (selection: SelectionNode, type: GraphQLCompositeType, depth: number): SelectionNode => {
    if (selection.kind === Kind.FRAGMENT_SPREAD || selection.selectionSet === undefined) return selection;
    const inner =
      selection.kind === Kind.FIELD ? fieldType(selection, type) : conditionOf(selection, schema, type);
    return inner === undefined
      ? selection
      : { ...selection, selectionSet: expanded(selection.selectionSet, inner, depth + 1) };
  };
  const definitions = document.definitions.map((definition) => {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      const type = schema.getType(definition.typeCondition.name.value);
      return isCompositeType(type)
        ? { ...definition, selectionSet: expanded(definition.selectionSet, type, 0) }
        : definition;
    }
    if (definition.kind !== Kind.OPERATION_DEFINITION) return definition;
    const root = schema.getRootType(definition.operation);
    return root ? { ...definition, selectionSet: expanded(definition.selectionSet, root, 0) } : definition;
  });
  return { document: { ...document, definitions }, isChained };
}

function requirementsOf(
  { name }: FieldNode,
  type: GraphQLCompositeType,
  schema: GraphQLSchema,
  required: RequiredSelections,
): SelectionNode[] {
  return namesOf(type, schema).flatMap((each): SelectionNode[] => {
    const selections = required.of(each, name.value).flatMap((set) => set.selections);
    if (selections.length === 0 || each === type.name) return selections;
    const typeCondition = { kind: Kind.NAMED_TYPE as const, name: { kind: Kind.NAME as const, value: each } };
    const selectionSet = { kind: Kind.SELECTION_SET as const, selections };
    return [{ kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet }];
  });
}

/** The type, and of an interface the objects that it may be: they may require what it does not. */
function namesOf(type: GraphQLCompositeType, schema: GraphQLSchema): readonly string[] {
  if (!isInterfaceType(type)) return isAbstractType(type) ? [] : [type.name];
  return [type.name, ...schema.getPossibleTypes(type).map(({ name }) => name)];
}

function fieldType(field: FieldNode, type: GraphQLCompositeType): GraphQLCompositeType | undefined {
  const found = 'getFields' in type ? type.getFields()[field.name.value] : undefined;
  const named = found && getNamedType(found.type);
  return isCompositeType(named) ? named : undefined;
}

function conditionOf(
  { typeCondition }: Extract<SelectionNode, { readonly kind: Kind.INLINE_FRAGMENT }>,
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
): GraphQLCompositeType {
  const named = typeCondition && schema.getType(typeCondition.name.value);
  return isCompositeType(named) ? named : type;
}
