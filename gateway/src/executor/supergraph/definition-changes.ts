/** What is different between single definitions of two supergraphs, collected. Syntax alone; what hangs on it is asked elsewhere. */
import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
} from 'graphql';
import { argumentOf } from './join-directives.ts';

type TypeWithFields = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;
type Hidable = { readonly directives?: readonly ConstDirectiveNode[] | undefined };

/** Methods return whether the difference is one of fields and of types that only what names them hangs on. */
export class DefinitionChanges {
  /** Names of fields that came, went, or are not what they were; of whichever types. */
  readonly fields = new Set<string>();
  /** Names of enums, scalars and inputs that are not what they were, and of interfaces and unions that stand for other objects. */
  readonly types = new Set<string>();
  /** Clients can see some of it. */
  isVisible = false;
  readonly #inaccessible: string | undefined;

  /** @param inaccessible what the directive is called. */
  constructor(inaccessible: string | undefined) {
    this.#inaccessible = inaccessible;
  }

  /**
   * A type that is in one of the two only. Clients come to it through a field that is as new as the type is, through the
   * interfaces that it implements, or through a union, which is then another itself; and to its own fields through it.
   */
  ofOneSide(definition: DefinitionNode): boolean {
    switch (definition.kind) {
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_DEFINITION:
        this.#see(definition);
        for (const { name } of definition.interfaces ?? []) this.types.add(name.value);
        if (definition.kind === Kind.INTERFACE_TYPE_DEFINITION) this.types.add(definition.name.value);
        return true;
      case Kind.UNION_TYPE_DEFINITION:
        this.#see(definition);
        this.types.add(definition.name.value);
        return true;
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
    if (hasFields(one) && hasFields(other)) return this.#ofComposites(one, other);
    if (isSame(one, other)) return true;
    switch (one.kind) {
      case Kind.UNION_TYPE_DEFINITION:
      case Kind.ENUM_TYPE_DEFINITION:
      case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      case Kind.SCALAR_TYPE_DEFINITION:
        this.types.add(one.name.value);
        if (!this.#isHidden(one) || !this.#isHidden(other as Hidable)) this.isVisible = true;
        return true;
      default:
        return false;
    }
  }

  #ofComposites(one: TypeWithFields, other: TypeWithFields): boolean {
    const implemented = differing(interfacesOf(one), interfacesOf(other));
    const [head, otherHead] = [one, other].map((type) => ({
      ...type,
      description: undefined,
      fields: undefined,
      interfaces: undefined,
      directives: type.directives?.filter((directive) => !implemented.has(implementedBy(directive))),
    }));
    if (!isSame(head, otherHead)) return false;
    for (const name of implemented) this.types.add(name);
    if (implemented.size > 0) {
      this.#see(one);
      // What implements it in turn stands for what it stood for; but conditions on it are valid in other places.
      if (one.kind === Kind.INTERFACE_TYPE_DEFINITION) this.types.add(one.name.value);
    }
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

function interfacesOf({ interfaces = [] }: TypeWithFields): ReadonlySet<string> {
  return new Set(interfaces.map(({ name }) => name.value));
}

/** Of the interface that a subgraph says the type implements; empty for every other directive. */
function implementedBy(directive: ConstDirectiveNode): string {
  if (directive.name.value !== 'join__implements') return '';
  const value = argumentOf(directive, 'interface')?.value;
  return value?.kind === Kind.STRING ? value.value : '';
}

/** In one of the two alone. */
function differing(one: ReadonlySet<string>, other: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([
    ...[...one].filter((each) => !other.has(each)),
    ...[...other].filter((each) => !one.has(each)),
  ]);
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
