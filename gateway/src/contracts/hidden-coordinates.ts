/**
 * Which parts of a supergraph a contract hides, as schema coordinates (`Type`, `Type.field`, `Type.field(argument)`).
 *
 * 1. What has an excluded tag goes. A type that loses all its fields, values or members goes too.
 * 2. Where tags are included, a field of an object or interface stays when it or its type has one of them.
 *    Arguments, inputs, enums, scalars and unions stay as long as something that stays needs them.
 * 3. What nobody can reach any more goes, unless the contract says otherwise.
 */
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type TypeDefinitionNode,
  type TypeNode,
} from 'graphql';
import type { ContractFilter } from './contract-filter.ts';

type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;
type Tagged = { readonly directives?: readonly ConstDirectiveNode[] };

/** Names of the directives in this supergraph; undefined where they do not occur. */
export interface DirectiveNames {
  readonly tag: string | undefined;
  readonly inaccessible: string | undefined;
}

export function hiddenByContract(
  document: DocumentNode,
  contract: ContractFilter,
  names: DirectiveNames,
): ReadonlySet<string> {
  const types = document.definitions.filter(isVisibleType);
  const hidden = new Set<string>();
  for (const type of types) markType(type, contract, names, hidden);
  if (contract.hideUnreachable) markUnreachable(document, types, hidden);
  return hidden;
}

/** Of clients: types of specifications, as `join__Graph`, are theirs already by name. */
function isVisibleType(definition: DocumentNode['definitions'][number]): definition is TypeDefinitionNode {
  return (
    definition.kind.endsWith('TypeDefinition') &&
    !(definition as TypeDefinitionNode).name.value.includes('__')
  );
}

function markType(
  type: TypeDefinitionNode,
  { include, exclude }: ContractFilter,
  names: DirectiveNames,
  hidden: Set<string>,
): void {
  const name = type.name.value;
  const gone = (node: Tagged) =>
    hasTag(node, names.tag, exclude) ||
    (names.inaccessible !== undefined &&
      (node.directives ?? []).some((directive) => directive.name.value === names.inaccessible));
  if (gone(type)) {
    hidden.add(name);
    return;
  }
  const hide = (parts: readonly (Tagged & { readonly name: { readonly value: string } })[] | undefined) => {
    const left = (parts ?? []).filter((part) => {
      if (gone(part)) hidden.add(`${name}.${part.name.value}`);
      return !hidden.has(`${name}.${part.name.value}`);
    });
    if (left.length === 0) hidden.add(name);
  };
  switch (type.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION: {
      const wanted = include.length === 0 || hasTag(type, names.tag, include);
      for (const field of type.fields ?? []) {
        if (!wanted && !hasTag(field, names.tag, include)) hidden.add(`${name}.${field.name.value}`);
        for (const argument of field.arguments ?? []) {
          if (gone(argument)) hidden.add(`${name}.${field.name.value}(${argument.name.value})`);
        }
      }
      hide(type.fields);
      return;
    }
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      hide(type.fields);
      return;
    case Kind.ENUM_TYPE_DEFINITION:
      hide(type.values);
      return;
    default:
  }
}

function hasTag({ directives }: Tagged, directive: string | undefined, wanted: readonly string[]): boolean {
  return (directives ?? []).some(
    ({ name, arguments: given }) =>
      name.value === directive &&
      given?.some(
        ({ name: argument, value }) =>
          argument.value === 'name' && value.kind === Kind.STRING && wanted.includes(value.value),
      ),
  );
}

function markUnreachable(
  document: DocumentNode,
  types: readonly TypeDefinitionNode[],
  hidden: Set<string>,
): void {
  const byName = new Map(types.map((type) => [type.name.value, type]));
  const reached = new Set<string>();
  const reach = (name: string): void => {
    const type = byName.get(name);
    if (type === undefined || reached.has(name) || hidden.has(name)) return;
    reached.add(name);
    for (const next of neighbours(type, types, hidden)) reach(next);
  };
  for (const root of rootTypes(document)) reach(root);
  for (const name of byName.keys()) if (!reached.has(name)) hidden.add(name);
}

function rootTypes(document: DocumentNode): readonly string[] {
  return document.definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION
      ? definition.operationTypes.map(({ type }) => type.name.value)
      : [],
  );
}

/** What a client can come to from a type: by its fields, and by being more precise about an interface. */
function neighbours(
  type: TypeDefinitionNode,
  types: readonly TypeDefinitionNode[],
  hidden: ReadonlySet<string>,
): readonly string[] {
  const name = type.name.value;
  switch (type.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION: {
      const fields = (type.fields ?? []).filter((field) => !hidden.has(`${name}.${field.name.value}`));
      const implementations = types.filter(
        (other): other is Composite =>
          'interfaces' in other && (other.interfaces ?? []).some((each) => each.name.value === name),
      );
      return [
        ...fields.flatMap((field) => typesOf(field, name, hidden)),
        ...(type.interfaces ?? []).map((each) => each.name.value),
        ...implementations.map((each) => each.name.value),
      ];
    }
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      return (type.fields ?? [])
        .filter((field) => !hidden.has(`${name}.${field.name.value}`))
        .map((field) => namedType(field.type));
    case Kind.UNION_TYPE_DEFINITION:
      return (type.types ?? []).map((member) => member.name.value);
    default:
      return [];
  }
}

function typesOf(field: FieldDefinitionNode, owner: string, hidden: ReadonlySet<string>): readonly string[] {
  const of = `${owner}.${field.name.value}`;
  const parameters = (field.arguments ?? []).filter((each) => !hidden.has(`${of}(${each.name.value})`));
  return [namedType(field.type), ...parameters.map((each) => namedType(each.type))];
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
