/**
 * What is different in a supergraph from the one before, as far as plans go. Most changes add a field, or take one away
 * that nobody asks for: an operation that selects no such field is planned as it was before (decision 0079), and whatever
 * was made of it is kept. Of every other change it is said that anything may be different.
 */
import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  visit,
} from 'graphql';
import { linkedDirectiveName } from './linked-directives.ts';
import { machineFields } from './machine-fields.ts';

/** Absent: anything may be different. */
export interface SupergraphChange {
  /** Names of fields that came, went, or are not what they were; of whichever types. */
  readonly fields: ReadonlySet<string>;
  /** Clients can see some of it; the rest is `@inaccessible`, as most of a graph is in a variant for partners. */
  readonly isVisible: boolean;
}

type TypeWithFields = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;
type Hidable = { readonly directives?: readonly ConstDirectiveNode[] | undefined };

/** @param before @param after without locations. @returns undefined where more than fields differ that nothing else hangs on. */
export function changeBetween(before: DocumentNode, after: DocumentNode): SupergraphChange | undefined {
  const [old, next] = [definitionsOf(before), definitionsOf(after)];
  if (old === undefined || next === undefined) return undefined;
  const changes = new Changes(linkedDirectiveName(after, 'inaccessible', 'inaccessible'));
  for (const key of new Set([...old.keys(), ...next.keys()])) {
    const [one, other] = [old.get(key), next.get(key)];
    const isKnown =
      one && other ? changes.between(one, other) : changes.ofOneSide((one ?? other) as DefinitionNode);
    if (!isKnown) return undefined;
  }
  const { fields, isVisible } = changes;
  // What keys and requirements name, subgraphs are asked for beside what clients select.
  const machine = [...machineFields(before), ...machineFields(after)];
  return machine.some((name) => fields.has(name)) ? undefined : { fields, isVisible };
}

/** @returns undefined where two definitions have one name, or an extension is among them: a supergraph has neither. */
function definitionsOf({ definitions }: DocumentNode): Map<string, DefinitionNode> | undefined {
  const byName = new Map<string, DefinitionNode>();
  for (const definition of definitions) {
    const name = 'name' in definition ? definition.name?.value : undefined;
    byName.set(`${definition.kind} ${name ?? ''}`, definition);
  }
  return byName.size === definitions.length ? byName : undefined;
}

/** Methods return whether the difference is one of fields that nothing else hangs on. */
class Changes {
  readonly fields = new Set<string>();
  isVisible = false;
  readonly #inaccessible: string | undefined;

  constructor(inaccessible: string | undefined) {
    this.#inaccessible = inaccessible;
  }

  /**
   * A type that is in one of the two only. Clients come to it through a field that is as new as the type is, unless it is
   * one of those that an interface or a union stands for: a union itself is then another, and of an interface the type says so.
   */
  ofOneSide(definition: DefinitionNode): boolean {
    switch (definition.kind) {
      case Kind.OBJECT_TYPE_DEFINITION:
        this.#see(definition);
        return !definition.interfaces?.length && this.#ofFields(definition, [], definition.fields ?? []);
      case Kind.ENUM_TYPE_DEFINITION:
      case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      case Kind.SCALAR_TYPE_DEFINITION:
        this.#see(definition);
        return true;
      default:
        return false;
    }
  }

  between(one: DefinitionNode, other: DefinitionNode): boolean {
    if (!hasFields(one) || !hasFields(other)) return isSame(one, other);
    const [head, otherHead] = [one, other].map((type) => ({
      ...type,
      description: undefined,
      fields: undefined,
    }));
    if (!isSame(head, otherHead)) return false;
    if (one.description?.value !== other.description?.value) this.#see(one);
    return this.#ofFields(one, one.fields ?? [], other.fields ?? []);
  }

  #ofFields(
    type: Hidable,
    before: readonly FieldDefinitionNode[],
    after: readonly FieldDefinitionNode[],
  ): boolean {
    const [old, next] = [before, after].map(
      (fields) => new Map(fields.map((field) => [field.name.value, field])),
    );
    for (const name of new Set([...(old?.keys() ?? []), ...(next?.keys() ?? [])])) {
      const versions = [old?.get(name), next?.get(name)].filter((field) => field !== undefined);
      if (versions.length === 2 && isSame(versions[0], versions[1])) continue;
      if (!versions.every(isPlain)) return false;
      this.fields.add(name);
      if (!this.#isHidden(type)) for (const version of versions) this.#see(version);
    }
    return true;
  }

  #see(node: Hidable): void {
    if (!this.#isHidden(node)) this.isVisible = true;
  }

  #isHidden({ directives = [] }: Hidable): boolean {
    return directives.some(({ name }) => name.value === this.#inaccessible);
  }
}

/** Nothing but a subgraph that has it. Where it is required, provided, moved or of several types, others hang on it. */
function isPlain({ directives = [] }: FieldDefinitionNode): boolean {
  return directives.every(
    ({ name, arguments: given = [] }: ConstDirectiveNode) =>
      !/^(join|context)__/.test(name.value) ||
      (name.value === 'join__field' && given.every((argument) => argument.name.value === 'graph')),
  );
}

/** Of plain syntax: a missing property is one that is undefined. `isDeepStrictEqual` looks at more, and takes far longer. */
function isSame(one: unknown, other: unknown): boolean {
  if (!isObject(one) || !isObject(other)) return one === other;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other)) return false;
    return one.length === other.length && one.every((each, i) => isSame(each, other[i]));
  }
  for (const key in one) if (!isSame(one[key], other[key])) return false;
  for (const key in other) if (!(key in one) && other[key] !== undefined) return false;
  return true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function hasFields(definition: DefinitionNode): definition is TypeWithFields {
  return (
    definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION
  );
}

/**
 * Whether an operation's plans and shapes are after the change what they were before. Not where it asks for the schema
 * itself, which is another.
 * @param names that it selects. It was valid over the supergraph before; then it is over this one too.
 */
export function isUntouched(
  names: ReadonlySet<string>,
  change: Pick<SupergraphChange, 'fields'> | undefined,
): boolean {
  if (change === undefined || names.has('__schema') || names.has('__type')) return false;
  for (const name of names) if (change.fields.has(name)) return false;
  return true;
}

const namesByDocument = new WeakMap<DocumentNode, ReadonlySet<string>>();

/** Fields that a document selects anywhere, by their own names. Found once for each document. */
export function selectedNames(document: DocumentNode): ReadonlySet<string> {
  const known = namesByDocument.get(document);
  if (known !== undefined) return known;
  const names = new Set<string>();
  visit(document, {
    Field: ({ name }) => {
      names.add(name.value);
    },
  });
  namesByDocument.set(document, names);
  return names;
}
