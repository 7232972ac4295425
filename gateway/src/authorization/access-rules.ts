/**
 * What a supergraph requires of whoever reads a field: `@authenticated`, `@requiresScopes` and `@policy` on the
 * field, on the type it belongs to and on the type it returns.
 *
 * - A field of an interface can be that of any implementation: whoever selects it there, rather than in a fragment on
 *   one implementation, must be allowed all of them. What composition puts on an interface is the sum of its
 *   implementations' requirements, so a field that returns the interface does not need it for itself.
 * - A field that a subgraph computes from others (`@requires`) tells of them: it needs what they need. Composition
 *   refuses a supergraph where it says less; one that was composed by an older version is held to the same.
 * - Keys are joined whoever asks. That is between subgraphs; a client that selects a key needs what the key needs.
 */
import {
  type ConstDirectiveNode,
  type ConstValueNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  parse,
  type SelectionSetNode,
  type TypeNode,
} from 'graphql';
import { argumentOf, requiresOf } from '../executor/supergraph/join-directives.ts';
import { linkedDirectiveName } from '../executor/supergraph/linked-directives.ts';
import { AUTHENTICATED, type Clause, implies, namesClause } from './clause.ts';

export interface AccessRules {
  /** True where the supergraph restricts nothing. */
  readonly isEmpty: boolean;
  /** All of them must be met; empty for most fields. @param type object or interface. */
  ruleFor(type: string, field: string): readonly Clause[];
}

interface RestrictedType {
  readonly own: readonly Clause[];
  readonly isInterface: boolean;
  readonly fields: ReadonlyMap<string, FieldDefinitionNode>;
  /** Of an interface: the objects behind it. */
  readonly implementations: string[];
}

const NOTHING: readonly Clause[] = [];

export function accessRules(supergraph: DocumentNode): AccessRules {
  const clausesOf = clauseReader(supergraph);
  if (clausesOf === undefined) return { isEmpty: true, ruleFor: () => NOTHING };
  const types = readTypes(supergraph, clausesOf);
  const rules = new Map<string, readonly Clause[]>();
  const open = new Set<string>();

  function ruleFor(typeName: string, fieldName: string): readonly Clause[] {
    const key = `${typeName}.${fieldName}`;
    const known = rules.get(key);
    if (known !== undefined) return known;
    const type = types.get(typeName);
    const field = type?.fields.get(fieldName);
    // What two fields require of each other is what they require themselves.
    if (type === undefined || field === undefined || open.has(key)) return NOTHING;
    open.add(key);
    const rule = unique([
      ...type.own,
      ...clausesOf!(field.directives),
      ...returning(nameOf(field.type)),
      ...type.implementations.flatMap((name) => ruleFor(name, fieldName)),
      ...(field.directives ?? []).flatMap((directive) => requiredBy(typeName, directive)),
    ]);
    open.delete(key);
    if (open.size === 0) rules.set(key, rule);
    return rule;
  }

  function returning(typeName: string): readonly Clause[] {
    const type = types.get(typeName);
    if (type === undefined) return NOTHING;
    if (!type.isInterface) return type.own;
    const behind = type.implementations.flatMap((name) => types.get(name)?.own ?? []);
    return type.own.filter((clause) => !implies(behind, clause));
  }

  function requiredBy(typeName: string, directive: ConstDirectiveNode): readonly Clause[] {
    const fields = requiresOf(directive)?.value;
    if (fields?.kind !== Kind.STRING) return NOTHING;
    const [operation] = parse(`{${fields.value}}`, { noLocation: true }).definitions;
    return operation?.kind === Kind.OPERATION_DEFINITION
      ? selected(typeName, operation.selectionSet)
      : NOTHING;
  }

  function selected(typeName: string, { selections }: SelectionSetNode): readonly Clause[] {
    return selections.flatMap((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return NOTHING;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        return selected(selection.typeCondition?.name.value ?? typeName, selection.selectionSet);
      }
      const field = types.get(typeName)?.fields.get(selection.name.value);
      const below = selection.selectionSet;
      return [
        ...ruleFor(typeName, selection.name.value),
        ...(below === undefined || field === undefined ? NOTHING : selected(nameOf(field.type), below)),
      ];
    });
  }

  return { isEmpty: false, ruleFor };
}

type ClauseReader = (directives: readonly ConstDirectiveNode[] | undefined) => readonly Clause[];

function clauseReader(supergraph: DocumentNode): ClauseReader | undefined {
  const authenticated = linkedDirectiveName(supergraph, 'authenticated', 'authenticated');
  const scopes = linkedDirectiveName(supergraph, 'requiresScopes', 'requiresScopes');
  const policy = linkedDirectiveName(supergraph, 'policy', 'policy');
  if (authenticated === undefined && scopes === undefined && policy === undefined) return undefined;
  return (directives) =>
    (directives ?? []).flatMap((directive) => {
      const { value: name } = directive.name;
      if (name === authenticated) return [AUTHENTICATED];
      if (name === scopes) return namesClause('scopes', setsIn(directive, 'scopes')) ?? [];
      return name === policy ? (namesClause('policies', setsIn(directive, 'policies')) ?? []) : [];
    });
}

function setsIn(directive: ConstDirectiveNode, argument: string): string[][] {
  const texts = (value: ConstValueNode): string[] =>
    listed(value).flatMap((each) => (each.kind === Kind.STRING ? [each.value] : []));
  const given = argumentOf(directive, argument)?.value as ConstValueNode | undefined;
  return given === undefined ? [] : listed(given).map(texts);
}

/** GraphQL takes one item for a list of it. */
function listed(value: ConstValueNode): readonly ConstValueNode[] {
  return value.kind === Kind.LIST ? value.values : [value];
}

function readTypes(supergraph: DocumentNode, clausesOf: ClauseReader): Map<string, RestrictedType> {
  const types = new Map<string, RestrictedType>();
  const implementing: [string, string][] = [];
  for (const definition of supergraph.definitions) {
    const composite =
      definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION;
    if (
      !composite &&
      definition.kind !== Kind.SCALAR_TYPE_DEFINITION &&
      definition.kind !== Kind.ENUM_TYPE_DEFINITION
    ) {
      continue;
    }
    types.set(definition.name.value, {
      own: clausesOf(definition.directives),
      isInterface: definition.kind === Kind.INTERFACE_TYPE_DEFINITION,
      fields: new Map(composite ? definition.fields?.map((field) => [field.name.value, field]) : []),
      implementations: [],
    });
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    for (const { name } of definition.interfaces ?? [])
      implementing.push([name.value, definition.name.value]);
  }
  for (const [name, implementation] of implementing) types.get(name)?.implementations.push(implementation);
  return types;
}

function unique(clauses: readonly Clause[]): readonly Clause[] {
  return clauses.length === 0
    ? NOTHING
    : [...new Map(clauses.map((clause) => [clause.key, clause])).values()];
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}
