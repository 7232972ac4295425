/** The SDL of all subgraphs as lint rules look at it: by type, a type's extensions together, with places in files. */
import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DirectiveDefinitionNode,
  type EnumValueDefinitionNode,
  type FieldDefinitionNode,
  GraphQLError,
  type InputValueDefinitionNode,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  Kind,
  type NamedTypeNode,
  parse,
  Source,
  type TypeDefinitionNode,
  type TypeExtensionNode,
  type TypeNode,
} from 'graphql';
import type { SubgraphSdl } from '../composition.ts';

export type TypeKind = 'scalar' | 'object' | 'interface' | 'union' | 'enum' | 'input';

/** A type as one subgraph knows it. */
export interface LintedType {
  readonly name: string;
  readonly kind: TypeKind;
  /** The definition first, where there is one; never empty. */
  readonly nodes: readonly [
    TypeDefinitionNode | TypeExtensionNode,
    ...(TypeDefinitionNode | TypeExtensionNode)[],
  ];
  /** Undefined where the subgraph only extends it. */
  readonly definition: TypeDefinitionNode | undefined;
  readonly directives: readonly ConstDirectiveNode[];
  /** Of objects and interfaces. */
  readonly fields: readonly FieldDefinitionNode[];
  /** Of inputs. */
  readonly inputFields: readonly InputValueDefinitionNode[];
  /** Of enums. */
  readonly values: readonly EnumValueDefinitionNode[];
  readonly interfaces: readonly NamedTypeNode[];
  /** Of unions. */
  readonly members: readonly NamedTypeNode[];
}

export interface LintedSubgraph {
  readonly name: string;
  readonly types: ReadonlyMap<string, LintedType>;
  readonly directives: readonly DirectiveDefinitionNode[];
}

const KINDS: Readonly<Record<string, TypeKind>> = {
  Scalar: 'scalar',
  Object: 'object',
  Interface: 'interface',
  Union: 'union',
  Enum: 'enum',
  InputObject: 'input',
};

export const ROOT_TYPES: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);

/** Files that do not parse are left out: composition names them, with line and reason. */
export function lintedSubgraph({ name, sdl, files }: SubgraphSdl): LintedSubgraph {
  const definitions = (files ?? [{ path: `${name}.graphql`, text: sdl }]).flatMap(definitionsOf);
  const byName = new Map<string, (TypeDefinitionNode | TypeExtensionNode)[]>();
  for (const node of definitions) {
    if (!isTypeDefinitionNode(node) && !isTypeExtensionNode(node)) continue;
    const known = byName.get(node.name.value) ?? [];
    if (isTypeDefinitionNode(node)) known.unshift(node);
    else known.push(node);
    byName.set(node.name.value, known);
  }
  return {
    name,
    types: new Map([...byName].map(([type, nodes]) => [type, lintedType(type, nodes as never)])),
    directives: definitions.filter((node) => node.kind === Kind.DIRECTIVE_DEFINITION),
  };
}

function definitionsOf({
  path,
  text,
}: {
  readonly path: string;
  readonly text: string;
}): readonly DefinitionNode[] {
  try {
    return parse(new Source(text, path)).definitions;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return [];
  }
}

function lintedType(name: string, nodes: LintedType['nodes']): LintedType {
  const [first] = nodes;
  const parts = <T>(key: string): readonly T[] =>
    nodes.flatMap((node) => (node as unknown as Record<string, readonly T[] | undefined>)[key] ?? []);
  const kind = KINDS[first.kind.replace(/Type(Definition|Extension)$/, '')] as TypeKind;
  return {
    name,
    kind,
    nodes,
    definition: isTypeDefinitionNode(first) ? first : undefined,
    directives: parts('directives'),
    fields: kind === 'input' ? [] : parts('fields'),
    inputFields: kind === 'input' ? parts('fields') : [],
    values: parts('values'),
    interfaces: parts('interfaces'),
    members: parts('types'),
  };
}

type Annotated = { readonly directives?: readonly ConstDirectiveNode[] | undefined };

/** Directives of federation by their usual name, or with the name of their specification before it. */
export function directivesNamed({ directives }: Annotated, name: string): readonly ConstDirectiveNode[] {
  return (directives ?? []).filter(
    ({ name: { value } }) => value === name || value === `federation__${name}`,
  );
}

export function hasDirective(node: Annotated, name: string): boolean {
  return directivesNamed(node, name).length > 0;
}

/** Of text; undefined where the argument is not given or is something else. */
export function textArgument(directive: ConstDirectiveNode | undefined, name: string): string | undefined {
  const value = directive?.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

export function textsArgument(directive: ConstDirectiveNode | undefined, name: string): readonly string[] {
  const value = directive?.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value?.kind === Kind.STRING) return [value.value];
  return value?.kind === Kind.LIST
    ? value.values.flatMap((item) => (item.kind === Kind.STRING ? [item.value] : []))
    : [];
}

/** Fields that a subgraph resolves: `@external` ones are copies for keys and requirements. */
export function ownFields(type: LintedType): readonly FieldDefinitionNode[] {
  return type.fields.filter((field) => !hasDirective(field, 'external'));
}

/** Names of the top-level fields of all `@key`s. */
export function keyFields(type: LintedType): ReadonlySet<string> {
  const names = directivesNamed(type, 'key').flatMap((key) => {
    const withoutNested = (textArgument(key, 'fields') ?? '').replace(/\{[^{}]*\}/g, '');
    return withoutNested.match(/\w+/g) ?? [];
  });
  return new Set(names);
}

export function namedTypeOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedTypeOf(type.type);
}

export function isList(type: TypeNode): boolean {
  return type.kind === Kind.LIST_TYPE || (type.kind === Kind.NON_NULL_TYPE && isList(type.type));
}
