/**
 * What subgraphs may answer with and clients cannot see: types and enum values that are `@inaccessible`. Where one of
 * them comes up the client finds null: there is something, and it is not for it. That is no fault of anybody's, so
 * there is no error beside it, unless the place has to have a value.
 */
import { type GraphQLSchema, isCompositeType, isEnumType } from 'graphql';

export interface HiddenNames {
  isHiddenType(name: unknown): boolean;
  isHiddenValue(enumType: string, value: unknown): boolean;
}

export interface HiddenFacts {
  readonly types: ReadonlySet<string>;
  /** By enum. */
  readonly values: ReadonlyMap<string, ReadonlySet<string>>;
}

/** @param full the supergraph. @param api what clients see of it. */
export function hiddenFacts(full: GraphQLSchema, api: GraphQLSchema): HiddenFacts {
  const types = new Set<string>();
  const values = new Map<string, ReadonlySet<string>>();
  for (const type of Object.values(full.getTypeMap())) {
    const seen = api.getType(type.name);
    if (isCompositeType(type) && seen === undefined) types.add(type.name);
    if (!isEnumType(type) || !isEnumType(seen)) continue;
    const hidden = type.getValues().filter(({ name }) => seen.getValue(name) == null);
    if (hidden.length > 0) values.set(type.name, new Set(hidden.map(({ name }) => name)));
  }
  return { types, values };
}

export function hiddenNames({ types, values }: HiddenFacts): HiddenNames {
  const has = (names: ReadonlySet<unknown> | undefined, name: unknown): boolean => names?.has(name) ?? false;
  return {
    isHiddenType: (name) => has(types, name),
    isHiddenValue: (enumType, value) => has(values.get(enumType), value),
  };
}
