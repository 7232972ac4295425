/**
 * For whose sake a fetch is made. A plan says where the objects are that a fetch is about, but not of which types the
 * objects above them have to be: what a client wants of a product in one kind of review would be fetched for the
 * products of every kind, and the failures of such a fetch would be told to a client who never asked. Pure.
 */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { fetchedNames } from '../plan/selection.ts';

/** By index of a path: the object types from which the way does not go on; undefined where it always does. */
export type UnwantedParents = readonly (ReadonlySet<string> | undefined)[];

/**
 * @param path of an entity fetch. @param query its operation.
 * @returns undefined where every object is wanted, or where it cannot be told.
 */
export type FindUnwantedParents = (path: readonly string[], query: string) => UnwantedParents | undefined;

/**
 * @param document one operation, as it was planned.
 * @param isNeeded response names that others than the client may be in want of.
 */
export function unwantedParents(
  document: DocumentNode,
  schema: GraphQLSchema,
  isNeeded: (responseName: string) => boolean,
): FindUnwantedParents {
  const fragments = new Map<string, FragmentDefinitionNode>();
  let operation: OperationDefinitionNode | undefined;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    else if (definition.kind === Kind.OPERATION_DEFINITION) operation = definition;
  }
  const root = operation && schema.getRootType(operation.operation);
  return (path, query) => {
    if (!operation || !root) return undefined;
    const fetched = fetchedNames(query);
    if (fetched.size === 0 || [...fetched].some(isNeeded)) return undefined;
    const way = new Way(path, fetched, schema, fragments);
    way.follow(operation.selectionSet, root, objectsOf(root, schema), 0);
    return way.unwanted();
  };
}

class Way {
  readonly #path: readonly string[];
  readonly #fetched: ReadonlySet<string>;
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** By index in the path, of the objects that the step at it leads on from. */
  readonly #possible: Set<string>[];
  readonly #wanted: Set<string>[];
  readonly #seen = new Set<string>();

  constructor(
    path: readonly string[],
    fetched: ReadonlySet<string>,
    schema: GraphQLSchema,
    fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  ) {
    this.#path = path;
    this.#fetched = fetched;
    this.#schema = schema;
    this.#fragments = fragments;
    this.#possible = path.map(() => new Set());
    this.#wanted = path.map(() => new Set());
  }

  /** @returns whether anything that is fetched is wanted below. */
  follow(
    set: SelectionSetNode,
    type: GraphQLCompositeType,
    objects: ReadonlySet<string>,
    index: number,
  ): boolean {
    let isWanted = false;
    for (const selection of set.selections) {
      if (selection.kind !== Kind.FIELD) {
        const fragment =
          selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value);
        const on = fragment?.typeCondition && this.#schema.getType(fragment.typeCondition.name.value);
        const inner = isCompositeType(on) ? on : type;
        const narrowed = both(objectsOf(inner, this.#schema), objects);
        if (fragment !== undefined && this.follow(fragment.selectionSet, inner, narrowed, index))
          isWanted = true;
        continue;
      }
      const name = (selection.alias ?? selection.name).value;
      if (index === this.#path.length) {
        if (!this.#fetched.has(name)) continue;
        this.#seen.add(name);
        isWanted = true;
        continue;
      }
      if (name !== this.#path[index] || selection.selectionSet === undefined) continue;
      const field = 'getFields' in type ? type.getFields()[selection.name.value] : undefined;
      const below = field && getNamedType(field.type);
      if (!isCompositeType(below)) continue;
      let next = index + 1;
      while (this.#path[next] === '@') next++;
      const all = objectsOf(below, this.#schema);
      if (next < this.#path.length) for (const each of all) this.#possible[next]?.add(each);
      if (!this.follow(selection.selectionSet, below, all, next)) continue;
      isWanted = true;
      for (const each of objects) this.#wanted[index]?.add(each);
    }
    return isWanted;
  }

  unwanted(): UnwantedParents | undefined {
    // What the client does not select at this place is fetched for somebody else.
    if (this.#seen.size !== this.#fetched.size) return undefined;
    const unwanted = this.#wanted.map((wanted, index) => {
      const others = [...(this.#possible[index] ?? [])].filter((type) => !wanted.has(type));
      return others.length === 0 ? undefined : new Set(others);
    });
    return unwanted.every((types) => types === undefined) ? undefined : unwanted;
  }
}

function objectsOf(type: GraphQLCompositeType, schema: GraphQLSchema): ReadonlySet<string> {
  return new Set(isAbstractType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : [type.name]);
}

function both(types: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...types].filter((type) => others.has(type)));
}
