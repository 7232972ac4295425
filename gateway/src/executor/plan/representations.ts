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
  return (targets) => {
    const list: Data[] = [];
    const indexOf = new Int32Array(targets.length);
    const known = new Map<string, number>();
    for (let i = 0; i < targets.length; i++) {
      let index = -1;
      const representation = select(targets[i] as Data, parts, types);
      if (representation?.__typename && hasKey(representation, isKey)) {
        rewrite?.(representation);
        const key = keyOf(representation);
        index = known.get(key) ?? list.push(representation) - 1;
        known.set(key, index);
      }
      indexOf[i] = index;
    }
    return { list, indexOf };
  };
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
      const value = own(source, part.from);
      if (value === undefined) return null;
      setOwn(result, part.to, part.parts === undefined ? value : selectValue(value, part.parts, types));
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

function selectValue(value: unknown, parts: readonly RequiredPart[], types: TypeRelations): unknown {
  if (Array.isArray(value)) return value.map((item) => selectValue(item, parts, types));
  return isData(value) ? select(value, parts, types) : null;
}

function isEmpty(data: Data): boolean {
  for (const _ in data) return false;
  return true;
}
