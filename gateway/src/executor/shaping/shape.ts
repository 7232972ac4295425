/**
 * Compiles an operation into a function that makes the client's answer from the merged data of the subgraphs: the
 * selected fields in the order of the document, types and nulls as the API schema promises them. Everything that
 * depends on the document alone is worked out once, per type when an object of that type first comes by; a
 * request only reads, checks and copies.
 */
import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isCompositeType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type SelectionSetNode,
} from 'graphql';
import { type CollectContext, collectFields, dependsOnType } from './collect-fields.ts';
import type { CompletionProblem } from './completion-error.ts';
import { type LeafCheck, leafCheck } from './leaf-values.ts';

export type Data = Record<string, unknown>;

export interface ShapedResult {
  readonly data: Data | null;
  readonly problems: readonly CompletionProblem[];
}

/** @param introspection answers of `__schema` and `__type` by response name. */
export type Shape = (data: Data, introspection: Data) => ShapedResult;

export interface ShapeOptions extends CollectContext {
  readonly rootType: GraphQLObjectType;
  readonly selectionSet: SelectionSetNode;
  /** The key of subgraphs' data for a response name. */
  dataKey(responseName: string): string;
}

/** Null, and the reason is already among the problems. A non-null place hands it on to the place above. */
const FAILED = Symbol('failed');

interface Run {
  readonly introspection: Data;
  readonly problems: CompletionProblem[];
  /** Where the run is: the first `depth` entries. */
  readonly path: (string | number)[];
}

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
  /** Leaves are checked in place; undefined for lists and objects. */
  readonly leaf: LeafCheck | undefined;
  readonly complete: Complete;
}

export function compileShape(options: ShapeOptions): Shape {
  const root = fieldPlans(options, options.rootType, [options.selectionSet]);
  return (data, introspection) => {
    const run: Run = { introspection, problems: [], path: [] };
    const shaped = shapeFields(root, data, 0, run);
    return { data: shaped === FAILED ? null : (shaped as Data), problems: run.problems };
  };
}

function shapeFields(
  fields: readonly FieldPlan[],
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
  return shaped;
}

function completeField(field: FieldPlan, data: Data, depth: number, run: Run): unknown {
  const { dataKey } = field;
  if (field.isIntrospection) return run.introspection[field.responseName] ?? null;
  const value = field.isInherited && !Object.hasOwn(data, dataKey) ? undefined : data[dataKey];
  if (value === null || value === undefined) {
    if (!field.nonNull) return null;
    run.path[depth] = field.responseName;
    return fail(run, depth + 1, 'null', `Cannot return null for non-nullable field ${field.place}.`);
  }
  if (field.leaf !== undefined) {
    if (field.leaf(value)) return value;
    run.path[depth] = field.responseName;
    return fail(run, depth + 1, 'value', `Invalid value found for field ${field.place}.`);
  }
  run.path[depth] = field.responseName;
  return field.complete(value, depth + 1, run);
}

/** What is to be shaped of an object of unknown type, where it depends on the type, is not known either. */
function objectPlans(
  options: ShapeOptions,
  type: GraphQLCompositeType,
  sets: readonly SelectionSetNode[],
): FieldPlan[] {
  const plans = fieldPlans(options, type, sets);
  return isObjectType(type) || !dependsOnType(options, type, sets) ? plans : [UNKNOWN_TYPE, ...plans];
}

function fieldPlans(
  options: ShapeOptions,
  type: GraphQLCompositeType,
  sets: readonly SelectionSetNode[],
): FieldPlan[] {
  return [...collectFields(options, type, sets)].flatMap(([responseName, nodes]) => {
    const plan = fieldPlan(options, type, responseName, nodes);
    return plan === undefined ? [] : [plan];
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
    complete: UNUSED,
  };
  // Only objects can say their type; others do not come this far.
  if (name === '__typename') return { ...plan, constant: type.name };
  if (name === '__schema' || name === '__type') return { ...plan, isIntrospection: true };
  const definition = 'getFields' in type ? type.getFields()[name] : undefined;
  if (definition === undefined) return undefined;
  const nonNull = isNonNullType(definition.type);
  const nullable = isNonNullType(definition.type) ? definition.type.ofType : definition.type;
  return {
    ...plan,
    nonNull,
    leaf: isLeafType(nullable) ? leafCheck(nullable) : undefined,
    complete: isLeafType(nullable) ? UNUSED : completer(options, nullable, nodes, plan.place),
  };
}

const UNUSED: Complete = () => FAILED;
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
  return (value, depth, run) =>
    check(value) ? value : fail(run, depth, 'value', `Invalid value found for field ${place}.`);
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
      let result: unknown;
      if (item === null || item === undefined) {
        if (nonNull) {
          return fail(run, depth + 1, 'null', `Cannot return null for non-nullable field ${place}.`);
        }
        result = null;
      } else {
        result = complete(item, depth + 1, run);
        if (result === FAILED) {
          if (nonNull) return FAILED;
          result = null;
        }
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
  const byType = new Map<unknown, readonly FieldPlan[] | undefined>();
  const plansFor = (typeName: unknown): readonly FieldPlan[] | undefined => {
    if (byType.has(typeName)) return byType.get(typeName);
    const type = typeName === undefined ? declared : options.schema.getType(String(typeName));
    const plans = isCompositeType(type) ? objectPlans(options, type, sets) : undefined;
    // Names that no type has come from outside: there may be any number of them.
    if (plans !== undefined) byType.set(typeName, plans);
    return plans;
  };
  const only = isObjectType(declared) ? declared.name : undefined;
  let last: unknown;
  let lastPlans: readonly FieldPlan[] | undefined;
  return (value, depth, run) => {
    if (typeof value !== 'object' || Array.isArray(value)) {
      return fail(run, depth, 'value', `Invalid non-object value for ${place}.`);
    }
    const data = value as Data;
    const typeName = only ?? data.__typename ?? undefined;
    if (typeName !== last || lastPlans === undefined) {
      lastPlans = plansFor(typeName);
      last = typeName;
    }
    if (lastPlans === undefined) {
      return fail(run, depth, 'value', `Invalid __typename found for object at field ${place}.`);
    }
    return shapeFields(lastPlans, data, depth, run);
  };
}

function fail(run: Run, depth: number, kind: CompletionProblem['kind'], message: string): typeof FAILED {
  run.problems.push({ kind, message, path: run.path.slice(0, depth) });
  return FAILED;
}

function setOwn(target: Data, value: unknown): void {
  Object.defineProperty(target, '__proto__', {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
