/** Makes an object of the answer from the data of the subgraphs, as its plan says. A request only reads, checks and copies. */
import type { CompletionProblem } from './completion-error.ts';
import type { LeafCheck } from './leaf-values.ts';
import type { Complete, Data, FieldPlan, ObjectPlan, Run, ShapedResult } from './object-plan.ts';

/** Null, and the reason is already among the problems. A non-null place hands it on to the place above. */
const FAILED = Symbol('failed');
/** Something is there that clients cannot see. Null, without a problem where null may be. */
const HIDDEN = Symbol('hidden');

/** Of a field that is not completed by what it is of. */
export const UNUSED: Complete = () => FAILED;
/** @param path of the object in the answer. */
export function shapeObject(
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

export function leafValue(check: LeafCheck, isHidden: LeafCheck, place: string): Complete {
  return (value, depth, run) => {
    if (check(value)) return value;
    return isHidden(value) ? HIDDEN : fail(run, depth, 'value', `Invalid value found for field ${place}.`);
  };
}

/** @param complete of an item. */
export function listValue(complete: Complete, nonNull: boolean, place: string): Complete {
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

/**
 * @param planFor by the name of the object's type.
 * @param only the name of the type, where there is but one.
 */
export function objectValue(
  planFor: (typeName: unknown) => ObjectPlan | undefined,
  only: string | undefined,
  isHiddenType: (typeName: unknown) => boolean,
  place: string,
): Complete {
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
      if (isHiddenType(typeName)) return HIDDEN;
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
