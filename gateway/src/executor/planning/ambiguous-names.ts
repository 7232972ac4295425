/**
 * Response names that stand for different fields of one object, by what stands above it: `owner { a: age }` of cats and
 * `owner { a: legs }` of dogs. That is valid, since no pet is both. But an entity is fetched by where it is, whatever
 * led to it, and two fields of one name overwrite each other in what is found there. Pure.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  Kind,
  print,
  type SelectionSetNode,
  type ValueNode,
  visit,
} from 'graphql';

/** Fragments in fragments multiply. Above, every name that could be ambiguous is taken to be. */
const MAX_FIELDS = 10_000;

type ObjectNames = ReadonlySet<string>;

/** A selection set with the type that it is written on, and the objects that it is about. */
interface Selected {
  readonly set: SelectionSetNode;
  readonly type: GraphQLCompositeType;
  readonly objects: ObjectNames;
}

interface Found {
  readonly field: FieldNode;
  readonly type: GraphQLCompositeType;
  readonly objects: ObjectNames;
}

/** @param document valid, of one operation. */
export function ambiguousNames(document: DocumentNode, schema: GraphQLSchema): ReadonlySet<string> {
  const candidates = variedNames(document);
  if (candidates.size === 0) return candidates;
  const search = new Search(document, schema, candidates);
  return search.isComplete() ? search.ambiguous : candidates;
}

/** The field and its arguments: what makes two fields of one response name the same. */
export function fieldText({ name, arguments: given = [] }: FieldNode): string {
  const texts = given.map((argument) => `${argument.name.value}:${print(ordered(argument.value))}`);
  return [name.value, ...texts.sort()].join(' ');
}

/** The order of an input object's fields says nothing. */
function ordered(value: ValueNode): ValueNode {
  return visit(value, {
    ObjectValue: {
      leave: (object) => ({
        ...object,
        fields: object.fields.toSorted((a, b) => (a.name.value < b.name.value ? -1 : 1)),
      }),
    },
  });
}

/** Names that stand for more than one field in the document, wherever: in most there is none. */
function variedNames(document: DocumentNode): Set<string> {
  const first = new Map<string, FieldNode>();
  const varied = new Set<string>();
  visit(document, {
    Field(field) {
      const name = responseNameOf(field);
      const known = first.get(name);
      if (known === undefined) first.set(name, field);
      else if (!varied.has(name) && !isSame(known, field)) varied.add(name);
    },
  });
  return varied;
}

function isSame(one: FieldNode, other: FieldNode): boolean {
  if (one.name.value !== other.name.value) return false;
  if (!one.arguments?.length && !other.arguments?.length) return true;
  return fieldText(one) === fieldText(other);
}

class Search {
  readonly ambiguous = new Set<string>();
  readonly #schema: GraphQLSchema;
  readonly #candidates: ReadonlySet<string>;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #objectsOf = new Map<string, ObjectNames>();
  #fields = 0;

  constructor(document: DocumentNode, schema: GraphQLSchema, candidates: ReadonlySet<string>) {
    this.#schema = schema;
    this.#candidates = candidates;
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        this.#fragments.set(definition.name.value, definition);
    }
    for (const definition of document.definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      const type = schema.getRootType(definition.operation);
      if (type) this.#below([{ set: definition.selectionSet, type, objects: this.#objects(type) }]);
    }
  }

  isComplete(): boolean {
    return this.#fields <= MAX_FIELDS;
  }

  /** @param sets of the objects at one place, by whichever way they come to stand there. */
  #below(sets: readonly Selected[]): void {
    const found = new Map<string, Found[]>();
    for (const each of sets) this.#collect(each, found, new Set());
    for (const [name, all] of found) {
      if (this.#candidates.has(name) && isAmbiguous(all)) this.ambiguous.add(name);
      const next = all.flatMap(({ field, type }): Selected[] => {
        const below = this.#typeOf(field, type);
        return field.selectionSet === undefined || below === undefined
          ? []
          : [{ set: field.selectionSet, type: below, objects: this.#objects(below) }];
      });
      if (next.length > 0 && this.isComplete()) this.#below(next);
    }
  }

  #collect({ set, type, objects }: Selected, into: Map<string, Found[]>, seen: Set<string>): void {
    for (const selection of set.selections) {
      if (++this.#fields > MAX_FIELDS) return;
      if (selection.kind === Kind.FIELD) {
        const name = responseNameOf(selection);
        const known = into.get(name);
        const each = { field: selection, type, objects };
        if (known === undefined) into.set(name, [each]);
        else known.push(each);
        continue;
      }
      const isSpread = selection.kind === Kind.FRAGMENT_SPREAD;
      const fragment = isSpread ? this.#fragments.get(selection.name.value) : selection;
      if (fragment === undefined) continue;
      const on = fragment.typeCondition && this.#schema.getType(fragment.typeCondition.name.value);
      const inner = isCompositeType(on) ? on : type;
      const narrowed = new Set([...this.#objects(inner)].filter((name) => objects.has(name)));
      if (isSpread) {
        const once = `${selection.name.value} ${[...narrowed].join(' ')}`;
        if (seen.has(once)) continue;
        seen.add(once);
      }
      this.#collect({ set: fragment.selectionSet, type: inner, objects: narrowed }, into, seen);
    }
  }

  #typeOf(field: FieldNode, type: GraphQLCompositeType): GraphQLCompositeType | undefined {
    const definition = 'getFields' in type ? type.getFields()[field.name.value] : undefined;
    const below = definition && getNamedType(definition.type);
    return isCompositeType(below) ? below : undefined;
  }

  #objects(type: GraphQLCompositeType): ObjectNames {
    const known = this.#objectsOf.get(type.name);
    if (known !== undefined) return known;
    const objects = new Set(
      isAbstractType(type) ? this.#schema.getPossibleTypes(type).map(({ name }) => name) : [type.name],
    );
    this.#objectsOf.set(type.name, objects);
    return objects;
  }
}

/** Of objects of different types there may be different fields: that the planner knows. */
function isAmbiguous(all: readonly Found[]): boolean {
  const fieldOf = new Map<string, FieldNode>();
  for (const { field, objects } of all) {
    for (const object of objects) {
      const known = fieldOf.get(object);
      if (known === undefined) fieldOf.set(object, field);
      else if (!isSame(known, field)) return true;
    }
  }
  return false;
}

function responseNameOf({ alias, name }: FieldNode): string {
  return (alias ?? name).value;
}
