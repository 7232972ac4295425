/** Works out, from the document and the schema alone, what there is to shape of an object: once for each type that comes by. */
import {
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLCompositeType,
  type GraphQLEnumType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isCompositeType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type SelectionSetNode,
} from 'graphql';
import type { HiddenNames } from '../supergraph/hidden-names.ts';
import {
  type CollectContext,
  collectFields,
  type DeferredSelection,
  deferredOfAnyType,
  dependsOnType,
} from './collect-fields.ts';
import { type LeafCheck, leafCheck } from './leaf-values.ts';
import type { Complete, DeferredPlan, FieldPlan, ObjectPlan } from './object-plan.ts';
import { leafValue, listValue, objectValue, UNUSED } from './shaped-object.ts';

export interface ShapeOptions extends CollectContext {
  readonly hidden: HiddenNames;
  readonly rootType: GraphQLObjectType;
  readonly selectionSet: SelectionSetNode;
  /** Null whatever the data holds: the client may not read it. Default: nothing is. */
  readonly isRemoved?: ((type: string, nodes: readonly FieldNode[]) => boolean) | undefined;
  /** The key of subgraphs' data for a field, by its response name. */
  dataKey(responseName: string, field: FieldNode): string;
}

const NEVER: LeafCheck = () => false;

const NOTHING: ObjectPlan = { fields: [], deferred: undefined };

/** Stands first, so that the whole object is null: its data has no such key, since no name is empty. */
const UNKNOWN_TYPE: FieldPlan = {
  responseName: '__typename',
  dataKey: '',
  isInherited: false,
  nonNull: true,
  place: '__typename',
  constant: undefined,
  isIntrospection: false,
  leaf: undefined,
  isHidden: NEVER,
  complete: UNUSED,
};

/** What is to be shaped of an object of unknown type, where it depends on the type, is not known either. */
export function objectPlan(
  options: ShapeOptions,
  type: GraphQLCompositeType,
  sets: readonly SelectionSetNode[],
): ObjectPlan {
  const selections: DeferredSelection[] = [];
  const fields = [...collectFields(options, type, sets, selections)].flatMap(([responseName, nodes]) => {
    const plan = fieldPlan(options, type, responseName, nodes);
    return plan === undefined ? [] : [plan];
  });
  const isSure = isObjectType(type) || !dependsOnType(options, type, sets);
  const deferred = isObjectType(type)
    ? selections.map(({ label, selectionSet }) => deferredOf(options, type, label, selectionSet))
    : deferredOfUnknown(options, type, sets);
  return {
    fields: isSure ? fields : [UNKNOWN_TYPE, ...fields],
    deferred: deferred.length === 0 ? undefined : deferred,
  };
}

function deferredOf(
  options: ShapeOptions,
  type: GraphQLCompositeType,
  label: string,
  selectionSet: SelectionSetNode,
): DeferredPlan {
  let plan: ObjectPlan | undefined;
  return {
    label,
    planFor: () => {
      plan ??= objectPlan(options, type, [selectionSet]);
      return plan;
    },
  };
}

/** By the time a fragment is delivered the type is known: what it needs has been fetched, and says it. */
function deferredOfUnknown(
  options: ShapeOptions,
  type: GraphQLAbstractType,
  sets: readonly SelectionSetNode[],
): DeferredPlan[] {
  return [...deferredOfAnyType(options, type, sets)].map(([label, { selectionSet, types }]) => {
    const plans = new Map<string, ObjectPlan>();
    return {
      label,
      planFor: ({ __typename: name }) => {
        const told = options.schema.getType(String(name));
        const known = isObjectType(told) ? told : type;
        if (isObjectType(known) && !types.has(known.name)) return NOTHING;
        const plan = plans.get(known.name) ?? objectPlan(options, known, [selectionSet]);
        plans.set(known.name, plan);
        return plan;
      },
    };
  });
}

function fieldPlan(
  options: ShapeOptions,
  type: GraphQLCompositeType,
  responseName: string,
  nodes: readonly FieldNode[],
): FieldPlan | undefined {
  const [field] = nodes as readonly [FieldNode, ...FieldNode[]];
  const name = field.name.value;
  const dataKey = options.dataKey(responseName, field);
  const plan = {
    responseName,
    dataKey,
    isInherited: dataKey in Object.prototype,
    nonNull: false,
    place: `${type.name}.${name}`,
    constant: undefined,
    isIntrospection: false,
    leaf: undefined,
    isHidden: NEVER,
    complete: UNUSED,
  };
  // Only objects can say their type; others do not come this far.
  if (name === '__typename') return { ...plan, constant: type.name };
  if (name === '__schema' || name === '__type') return { ...plan, isIntrospection: true };
  const definition = 'getFields' in type ? type.getFields()[name] : undefined;
  if (definition === undefined) return undefined;
  const nonNull = isNonNullType(definition.type);
  // Data of keys and requirements is there all the same, for subgraphs.
  if (options.isRemoved?.(type.name, nodes)) return { ...plan, nonNull, isRemoved: true };
  const nullable = isNonNullType(definition.type) ? definition.type.ofType : definition.type;
  return {
    ...plan,
    nonNull,
    leaf: isLeafType(nullable) ? leafCheck(nullable) : undefined,
    isHidden: isEnumType(nullable) ? hiddenCheck(options, nullable) : NEVER,
    complete: isLeafType(nullable) ? UNUSED : completer(options, nullable, nodes, plan.place),
  };
}

function hiddenCheck({ hidden }: ShapeOptions, { name }: GraphQLEnumType): LeafCheck {
  return (value) => hidden.isHiddenValue(name, value);
}

/** @param type nullable: callers look after non-null. */
function completer(
  options: ShapeOptions,
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
  place: string,
): Complete {
  if (isListType(type)) return completeList(options, type.ofType, nodes, place);
  if (isCompositeType(type)) return completeObject(options, type, nodes, place);
  if (!isLeafType(type)) throw new TypeError(`${place} has a type that no answer can have`);
  return leafValue(leafCheck(type), isEnumType(type) ? hiddenCheck(options, type) : NEVER, place);
}

function completeList(
  options: ShapeOptions,
  itemType: GraphQLOutputType,
  nodes: readonly FieldNode[],
  place: string,
): Complete {
  const nonNull = isNonNullType(itemType);
  const complete = completer(options, isNonNullType(itemType) ? itemType.ofType : itemType, nodes, place);
  return listValue(complete, nonNull, place);
}

function completeObject(
  options: ShapeOptions,
  declared: GraphQLCompositeType,
  nodes: readonly FieldNode[],
  place: string,
): Complete {
  const sets = nodes.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]));
  const byType = new Map<unknown, ObjectPlan | undefined>();
  const planFor = (typeName: unknown): ObjectPlan | undefined => {
    if (byType.has(typeName)) return byType.get(typeName);
    const type = typeName === undefined ? declared : options.schema.getType(String(typeName));
    const plan = isCompositeType(type) ? objectPlan(options, type, sets) : undefined;
    // Names that no type has come from outside: there may be any number of them.
    if (plan !== undefined) byType.set(typeName, plan);
    return plan;
  };
  const only = isObjectType(declared) ? declared.name : undefined;
  return objectValue(planFor, only, (name) => options.hidden.isHiddenType(name), place);
}
