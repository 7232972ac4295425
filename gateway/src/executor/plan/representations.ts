/** What a subgraph is told of the entities that it is asked about, each distinct one once. */
import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import type { TypeRelations } from '../supergraph/type-relations.ts';
import { type Data, isData, merge, own, setOwn } from './data.ts';
import type { Rewrite } from './rewrites.ts';

export interface Representations {
  readonly list: readonly Data[];
  /** For each target the index of its representation; -1 where it lacks what the subgraph requires. */
  readonly indexOf: Int32Array;
}

export type Represent = (targets: readonly Data[]) => Representations;

export interface RequiredField {
  readonly kind: 'field';
  /** Key in the gathered data. */
  readonly from: string;
  /** The field as the subgraph knows it. */
  readonly to: string;
  readonly parts: readonly RequiredPart[] | undefined;
}
export type RequiredPart =
  | RequiredField
  | { readonly kind: 'fragment'; readonly type: string | undefined; readonly parts: readonly RequiredPart[] };

/** @param realName of a field that stands for another one in the plan. */
export function requiredParts(
  selections: readonly QueryPlanSelectionNode[],
  realName: (name: string) => string,
): RequiredPart[] {
  return selections.map((selection) => {
    if (selection.kind === 'InlineFragment') {
      const parts = requiredParts(selection.selections, realName);
      return { kind: 'fragment', type: selection.typeCondition, parts };
    }
    return {
      kind: 'field',
      from: selection.alias ?? selection.name,
      to: realName(selection.name),
      parts: selection.selections && requiredParts(selection.selections, realName),
    };
  });
}

/** @param isKey of the subgraph: what has none of its keys is not an entity that it could find. */
export function compileRepresent(
  parts: readonly RequiredPart[],
  rewrite: Rewrite | undefined,
  types: TypeRelations,
  isKey: (name: string) => boolean,
): Represent {
  const fieldsOf = plainFieldsByType(parts, types);
  const representationOf = (target: Data): Data | undefined => {
    const representation = select(target, parts, types);
    if (!representation?.__typename || !hasKey(representation, isKey)) return undefined;
    rewrite?.(representation);
    return representation;
  };
  return (targets) => {
    const list: Data[] = [];
    const indexOf = new Int32Array(targets.length);
    const known = new Map<string, number>();
    /** By what a target has, without making its representation first: most of many are of few entities. */
    const knownByTarget = new Map<string, number>();
    for (let i = 0; i < targets.length; i++) {
      const target = targets[i] as Data;
      const source = sourceKeyOf(target, fieldsOf(target.__typename));
      let index = source === undefined ? undefined : knownByTarget.get(source);
      if (index === undefined) {
        index = -1;
        const representation = representationOf(target);
        if (representation !== undefined) {
          const key = keyOf(representation);
          index = known.get(key) ?? list.push(representation) - 1;
          known.set(key, index);
        }
        if (source !== undefined) knownByTarget.set(source, index);
      }
      indexOf[i] = index;
    }
    return { list, indexOf };
  };
}

/** Names that no type has come from outside: there may be any number of them. */
const MAX_TYPES = 100;

/**
 * The keys in the gathered data that a representation of a type is made from, where none of them is an object's.
 * @returns undefined for a type where one is.
 */
function plainFieldsByType(
  parts: readonly RequiredPart[],
  types: TypeRelations,
): (typeName: unknown) => readonly string[] | undefined {
  const byType = new Map<unknown, readonly string[] | undefined>();
  return (typeName) => {
    const known = byType.get(typeName);
    if (known !== undefined || byType.has(typeName)) return known;
    const fields = typeName ? plainFields(parts, String(typeName), types) : undefined;
    const withType = fields && [...new Set(['__typename', ...fields])];
    if (byType.size < MAX_TYPES) byType.set(typeName, withType);
    return withType;
  };
}

function plainFields(
  parts: readonly RequiredPart[],
  typeName: string,
  types: TypeRelations,
): string[] | undefined {
  const fields = new Set<string>();
  for (const part of parts) {
    if (part.kind === 'field') {
      if (part.parts !== undefined || part.from in Object.prototype) return undefined;
      fields.add(part.from);
    } else if (part.type === undefined || types.isSubtype(typeName, part.type)) {
      const inner = plainFields(part.parts, typeName, types);
      if (inner === undefined) return undefined;
      for (const field of inner) fields.add(field);
    }
  }
  return [...fields];
}

/** The same for targets with the same representation; undefined where a value is not simple enough to tell. */
function sourceKeyOf(target: Data, fields: readonly string[] | undefined): string | undefined {
  if (fields === undefined) return undefined;
  let key = '';
  for (let i = 0; i < fields.length; i++) {
    const value = target[fields[i] as string];
    // A text can have anything in it, so its length comes first.
    if (typeof value === 'string') key += `${value.length}"${value}`;
    else if (typeof value === 'number' || typeof value === 'boolean') key += `${value};`;
    else return undefined;
  }
  return key;
}

function hasKey(representation: Data, isKey: (name: string) => boolean): boolean {
  for (const name in representation) if (isKey(name)) return true;
  return false;
}

/** Most entities have one key, and most keys are strings. JSON begins with a brace, which no type name does. */
function keyOf(representation: Data): string {
  const names = Object.keys(representation);
  if (names.length === 2 && names[0] === '__typename') {
    const value = representation[names[1] as string];
    if (typeof value === 'string') return `${representation.__typename} ${names[1]} ${value}`;
  }
  return JSON.stringify(representation);
}

/** Null when something required is not there. Something that is there and null is sent as null. */
function select(source: Data, parts: readonly RequiredPart[], types: TypeRelations): Data | null {
  let result: Data = {};
  for (const part of parts) {
    if (part.kind === 'field') {
      const found = own(source, part.from);
      const value = part.parts === undefined ? found : selectValue(found, part.parts, types);
      if (value === undefined) return null;
      setOwn(result, part.to, value);
    } else if (
      part.type === undefined ||
      (source.__typename && types.isSubtype(String(source.__typename), part.type))
    ) {
      const inner = select(source, part.parts, types);
      if (inner === null) continue;
      if (isEmpty(result)) result = inner;
      else merge(result, inner, types.isObjectType);
    }
  }
  return result;
}

/**
 * Undefined when something inside is not there: fetching it has failed, or nobody has asked for it. A subgraph that were
 * told null in its place would compute something else from it, or fail.
 */
function selectValue(value: unknown, parts: readonly RequiredPart[], types: TypeRelations): unknown {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((item) => selectValue(item, parts, types));
    return items.includes(undefined) ? undefined : items;
  }
  return isData(value) ? (select(value, parts, types) ?? undefined) : null;
}

function isEmpty(data: Data): boolean {
  for (const _ in data) return false;
  return true;
}
