/**
 * Compiles an operation into a function that makes the client's answer from the merged data of the subgraphs: the
 * selected fields in the order of the document, types and nulls as the API schema promises them. Everything that
 * depends on the document alone is worked out once, per type when an object of that type first comes by; a
 * request only reads, checks and copies.
 */
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
import type { CompletionProblem } from './completion-error.ts';
import { type LeafCheck, leafCheck } from './leaf-values.ts';

export type Data = Record<string, unknown>;

export interface ShapedResult {
  readonly data: Data | null;
  readonly problems: readonly CompletionProblem[];
  /** Objects with something more to come. Some may not have come into the answer after all. */
  readonly deferred: readonly DeferredPlace[];
}

/** A deferred fragment of one object. */
export interface DeferredPlace {
  readonly label: string;
  /** Of the object in the answer. */
  readonly path: readonly (string | number)[];
  /** To be called when the fragment's data have been gathered. Null: something in it had to be there and is not. */
  shape(introspection: Data): ShapedResult;
}

/** @param introspection answers of `__schema` and `__type` by response name. */
export type Shape = (data: Data, introspection: Data) => ShapedResult;

export interface ShapeOptions extends CollectContext {
  readonly hidden: HiddenNames;
  readonly rootType: GraphQLObjectType;
  readonly selectionSet: SelectionSetNode;
  /** Null whatever the data holds: the client may not read it. Default: nothing is. */
  readonly isRemoved?: ((type: string, nodes: readonly FieldNode[]) => boolean) | undefined;
  /** The key of subgraphs' data for a response name. */
  dataKey(responseName: string): string;
}

/** Null, and the reason is already among the problems. A non-null place hands it on to the place above. */
const FAILED = Symbol('failed');
/** Something is there that clients cannot see. Null, without a problem where null may be. */
const HIDDEN = Symbol('hidden');

interface Run {
  readonly introspection: Data;
  readonly problems: CompletionProblem[];
  /** Where the run is: the first `depth` entries. */
  readonly path: (string | number)[];
  readonly deferred: DeferredPlace[];
}

interface ObjectPlan {
  readonly fields: readonly FieldPlan[];
  /** Undefined where there is none, which is nearly everywhere. */
  readonly deferred: readonly DeferredPlan[] | undefined;
}

interface DeferredPlan {
  readonly label: string;
  /** @param data of the object, with what was fetched for the fragment. */
  planFor(data: Data): ObjectPlan;
}

const NOTHING: ObjectPlan = { fields: [], deferred: undefined };

/** @param value neither null nor undefined. */
type Complete = (value: unknown, depth: number, run: Run) => unknown;

interface FieldPlan {
  readonly responseName: string;
  readonly dataKey: string;
  /** The key is the name of something every JavaScript object has. */
  readonly isInherited: boolean;
  readonly nonNull: boolean;
  /** As in the schema, for messages. */
  readonly place: string;
  /** The same for every object of the type. */
  readonly constant: string | undefined;
  readonly isIntrospection: boolean;
  readonly isRemoved?: true;
  /** Leaves are checked in place; undefined for lists and objects. */
  readonly leaf: LeafCheck | undefined;
  /** What a client may not see of the field's values is null. */
  readonly isHidden: LeafCheck;
  readonly complete: Complete;
}

export function compileShape(options: ShapeOptions): Shape {
  const root = objectPlan(options, options.rootType, [options.selectionSet]);
  return (data, introspection) => shapeObject(root, data, [], introspection);
}

/** @param path of the object in the answer. */
function shapeObject(
  plan: ObjectPlan,
  data: Data,
  path: readonly (string | number)[],
  introspection: Data,
): ShapedResult {
  const run: Run = { introspection, problems: [], path: [...path], deferred: [] };
  const shaped = shapeFields(plan, data, path.length, run);
  return { data: shaped === FAILED ? null : shaped, problems: run.problems, deferred: run.deferred };
}

function shapeFields(
  { fields, deferred }: ObjectPlan,
  data: Data,
  depth: number,
  run: Run,
): Data | typeof FAILED {
  const shaped: Data = {};
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] as FieldPlan;
    let value: unknown;
    if (field.constant !== undefined) value = field.constant;
    else {
      value = completeField(field, data, depth, run);
      if (value === FAILED) {
        if (field.nonNull) return FAILED;
        value = null;
      }
    }
    if (field.responseName === '__proto__') setOwn(shaped, value);
    else shaped[field.responseName] = value;
  }
  if (deferred !== undefined) {
    const path = run.path.slice(0, depth);
    for (const { label, planFor } of deferred) {
      const shape = (introspection: Data) => shapeObject(planFor(data), data, path, introspection);
      run.deferred.push({ label, path, shape });
    }
  }
  return shaped;
}

function completeField(field: FieldPlan, data: Data, depth: number, run: Run): unknown {
  const { dataKey } = field;
  if (field.isRemoved) return removed(field, depth, run);
  if (field.isIntrospection) return run.introspection[field.responseName] ?? null;
  const value = field.isInherited && !Object.hasOwn(data, dataKey) ? undefined : data[dataKey];
  if (value === null || value === undefined) return nothing(field, depth, run);
  if (field.leaf !== undefined) {
    if (field.leaf(value)) return value;
    if (field.isHidden(value)) return nothing(field, depth, run);
    run.path[depth] = field.responseName;
    return fail(run, depth + 1, 'value', `Invalid value found for field ${field.place}.`);
  }
  run.path[depth] = field.responseName;
  const completed = field.complete(value, depth + 1, run);
  return completed === HIDDEN ? nothing(field, depth, run) : completed;
}

function nothing(field: FieldPlan, depth: number, run: Run): null | typeof FAILED {
  if (!field.nonNull) return null;
  run.path[depth] = field.responseName;
  return fail(run, depth + 1, 'null', `Cannot return null for non-nullable field ${field.place}.`);
}

/** What is to be shaped of an object of unknown type, where it depends on the type, is not known either. */
function objectPlan(
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
  const name = (nodes[0] as FieldNode).name.value;
  const dataKey = options.dataKey(responseName);
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

const UNUSED: Complete = () => FAILED;
const NEVER: LeafCheck = () => false;

function hiddenCheck({ hidden }: ShapeOptions, { name }: GraphQLEnumType): LeafCheck {
  return (value) => hidden.isHiddenValue(name, value);
}

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
  const check = leafCheck(type);
  const isHidden = isEnumType(type) ? hiddenCheck(options, type) : NEVER;
  return (value, depth, run) => {
    if (check(value)) return value;
    return isHidden(value) ? HIDDEN : fail(run, depth, 'value', `Invalid value found for field ${place}.`);
  };
}

function completeList(
  options: ShapeOptions,
  itemType: GraphQLOutputType,
  nodes: readonly FieldNode[],
  place: string,
): Complete {
  const nonNull = isNonNullType(itemType);
  const complete = completer(options, isNonNullType(itemType) ? itemType.ofType : itemType, nodes, place);
  return (value, depth, run) => {
    if (!Array.isArray(value)) return fail(run, depth, 'value', `Invalid non-list value for ${place}.`);
    const { length } = value;
    const shaped = new Array<unknown>(length);
    for (let i = 0; i < length; i++) {
      const item: unknown = value[i];
      run.path[depth] = i;
      let result = item === null || item === undefined ? HIDDEN : complete(item, depth + 1, run);
      if (result === HIDDEN || result === FAILED) {
        if (nonNull && result === FAILED) return FAILED;
        if (nonNull) {
          return fail(run, depth + 1, 'null', `Cannot return null for non-nullable field ${place}.`);
        }
        result = null;
      }
      shaped[i] = result;
    }
    return shaped;
  };
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
  let last: unknown;
  let lastPlan: ObjectPlan | undefined;
  return (value, depth, run) => {
    if (typeof value !== 'object' || Array.isArray(value)) {
      return fail(run, depth, 'value', `Invalid non-object value for ${place}.`);
    }
    const data = value as Data;
    const typeName = only ?? data.__typename ?? undefined;
    if (typeName !== last || lastPlan === undefined) {
      lastPlan = planFor(typeName);
      last = typeName;
    }
    if (lastPlan === undefined) {
      if (options.hidden.isHiddenType(typeName)) return HIDDEN;
      return fail(run, depth, 'value', `Invalid __typename found for object at field ${place}.`);
    }
    return shapeFields(lastPlan, data, depth, run);
  };
}

function fail(run: Run, depth: number, kind: CompletionProblem['kind'], message: string): typeof FAILED {
  run.problems.push({ kind, message, path: run.path.slice(0, depth) });
  return FAILED;
}

/** Why it is null has been said once for all objects. */
function removed(field: FieldPlan, depth: number, run: Run): null | typeof FAILED {
  if (!field.nonNull) return null;
  run.path[depth] = field.responseName;
  return fail(run, depth + 1, 'removed', `Cannot return null for non-nullable field ${field.place}.`);
}

function setOwn(target: Data, value: unknown): void {
  Object.defineProperty(target, '__proto__', {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
