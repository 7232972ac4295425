/**
 * Fragments and fields of abstract types, written out object by object where the query planner needs to know which
 * object it is on. On its way through an interface that a subgraph knows as an object it loses a fragment on any other
 * abstract type, and what is in it, or breaks; and where objects of an interface set a context each, it finds none on its
 * way through the interface. Pure.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { TYPENAME } from './conditions.ts';

/** Objects in objects multiply. An operation with more is left to the planner as it is. */
const MAX_SELECTIONS = 5_000;

export interface ObjectFacts {
  /** Interfaces that a subgraph knows as an object. */
  readonly standIns: ReadonlySet<string>;
  /** Types that set a context. */
  readonly settingContexts: ReadonlySet<string>;
  /** Names of fields with an argument from a context. */
  readonly contextFields: ReadonlySet<string>;
}

/**
 * @param document valid over the schema.
 * @param schema as clients see it.
 * @returns the same document where nothing has to be written out.
 */
export function withFragmentsByObject(
  document: DocumentNode,
  schema: GraphQLSchema,
  facts: ObjectFacts,
): DocumentNode {
  if (facts.standIns.size === 0 && facts.contextFields.size === 0) return document;
  const writing = new Writing(document, schema, facts);
  const definitions = document.definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return [];
    const root = schema.getRootType(definition.operation);
    return [root ? { ...definition, selectionSet: writing.set(definition.selectionSet, root) } : definition];
  });
  return writing.isNeeded && writing.selections <= MAX_SELECTIONS ? { ...document, definitions } : document;
}

class Writing {
  isNeeded = false;
  selections = 0;
  readonly #schema: GraphQLSchema;
  readonly #facts: ObjectFacts;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();

  constructor(document: DocumentNode, schema: GraphQLSchema, facts: ObjectFacts) {
    this.#schema = schema;
    this.#facts = facts;
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) {
        this.#fragments.set(definition.name.value, definition);
      }
    }
  }

  set(set: SelectionSetNode, type: GraphQLCompositeType): SelectionSetNode {
    const selections = set.selections.flatMap((each) => this.#selection(each, type));
    return { ...set, selections: selections.length === 0 ? [TYPENAME] : selections };
  }

  #selection(selection: SelectionNode, type: GraphQLCompositeType): SelectionNode[] {
    if (++this.selections > MAX_SELECTIONS) return [];
    if (selection.kind === Kind.FIELD) return this.#field(selection, type);
    const fragment =
      selection.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(selection.name.value) : selection;
    if (fragment === undefined) return [];
    return this.#fragment({ ...fragment, directives: selection.directives }, type);
  }

  #field(field: FieldNode, type: GraphQLCompositeType): SelectionNode[] {
    const found = 'getFields' in type ? type.getFields()[field.name.value] : undefined;
    const below = found && getNamedType(found.type);
    if (field.selectionSet === undefined || !isCompositeType(below)) return [field];
    if (!this.#hidesContext(field.selectionSet, type)) {
      return [{ ...field, selectionSet: this.set(field.selectionSet, below) }];
    }
    this.isNeeded = true;
    return objectsOf(type, this.#schema).flatMap((object) => this.#on(object, [field]));
  }

  /** Something below is told what objects of this interface say, each of them for itself. */
  #hidesContext(set: SelectionSetNode, type: GraphQLCompositeType): boolean {
    const { settingContexts, contextFields } = this.#facts;
    if (contextFields.size === 0 || !isInterfaceType(type) || settingContexts.has(type.name)) return false;
    const objects = objectsOf(type, this.#schema);
    return objects.some(({ name }) => settingContexts.has(name)) && this.#asksFor(set, contextFields);
  }

  #asksFor({ selections }: SelectionSetNode, names: ReadonlySet<string>): boolean {
    return selections.some((selection) => {
      if (selection.kind === Kind.FIELD && names.has(selection.name.value)) return true;
      const inside =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? this.#fragments.get(selection.name.value)?.selectionSet
          : selection.selectionSet;
      return inside !== undefined && this.#asksFor(inside, names);
    });
  }

  #fragment(
    fragment: Pick<InlineFragmentNode, 'typeCondition' | 'directives' | 'selectionSet'>,
    type: GraphQLCompositeType,
  ): InlineFragmentNode[] {
    const { directives, selectionSet } = fragment;
    const named = fragment.typeCondition && this.#schema.getType(fragment.typeCondition.name.value);
    const condition = isCompositeType(named) ? named : type;
    // Written into one object of several, a fragment may be about another one.
    if (isObjectType(type) && !objectsOf(condition, this.#schema).includes(type)) return [];
    const written = (on: GraphQLCompositeType | undefined, inside: SelectionSetNode): InlineFragmentNode => ({
      kind: Kind.INLINE_FRAGMENT,
      ...(on && { typeCondition: namedType(on) }),
      ...(directives && { directives }),
      selectionSet: inside,
    });
    if (condition === type || !isAbstractType(condition) || !this.#isStoodFor(type)) {
      return [written(named === undefined ? undefined : condition, this.set(selectionSet, condition))];
    }
    this.isNeeded = true;
    const among = new Set(objectsOf(condition, this.#schema));
    const objects = objectsOf(type, this.#schema);
    if (objects.every((object) => among.has(object))) return [written(type, this.set(selectionSet, type))];
    const selections = objects.flatMap((object) =>
      among.has(object) ? this.#on(object, selectionSet.selections) : [],
    );
    return selections.length === 0 ? [] : [written(undefined, { kind: Kind.SELECTION_SET, selections })];
  }

  /** On its way here the planner may be on an object that stands for an interface. */
  #isStoodFor(type: GraphQLCompositeType): boolean {
    const { standIns } = this.#facts;
    if (isInterfaceType(type)) return standIns.has(type.name);
    return isObjectType(type) && type.getInterfaces().some(({ name }) => standIns.has(name));
  }

  #on(object: GraphQLObjectType, selections: readonly SelectionNode[]): InlineFragmentNode[] {
    const inside = selections.flatMap((each) => this.#selection(each, object));
    if (inside.length === 0) return [];
    const selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: inside };
    return [{ kind: Kind.INLINE_FRAGMENT, typeCondition: namedType(object), selectionSet }];
  }
}

function namedType({ name }: GraphQLCompositeType): NonNullable<InlineFragmentNode['typeCondition']> {
  return { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: name } };
}

function objectsOf(type: GraphQLCompositeType, schema: GraphQLSchema): readonly GraphQLObjectType[] {
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
}
