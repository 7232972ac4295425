/**
 * Directives of the graph's own that clients write in their operations, composed with `@composeDirective`. The library
 * takes everything that a linked specification defines out of the schema that clients see; these are what clients
 * are to see. They are passed on to subgraphs with all their arguments: a default that one subgraph gave an argument
 * is the graph's, and another subgraph may have none.
 */
import {
  type ConstDirectiveNode,
  type ConstValueNode,
  type DirectiveDefinitionNode,
  type DocumentNode,
  Kind,
  type ValueNode,
  visit,
} from 'graphql';
import { argumentOf } from './join-directives.ts';

const EXECUTABLE: ReadonlySet<string> = new Set([
  'QUERY',
  'MUTATION',
  'SUBSCRIPTION',
  'FIELD',
  'FRAGMENT_DEFINITION',
  'FRAGMENT_SPREAD',
  'INLINE_FRAGMENT',
  'VARIABLE_DEFINITION',
]);

export interface ExecutableDirectives {
  /** The supergraph with these directives as definitions of its own; the same object where there are none. */
  readonly document: DocumentNode;
  /** The operation with defaults written out. */
  withDefaults(operation: DocumentNode): DocumentNode;
}

export function executableDirectives(supergraph: DocumentNode): ExecutableDirectives {
  const own = new Map<string, DirectiveDefinitionNode>();
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.DIRECTIVE_DEFINITION) continue;
    const { value: name } = definition.name;
    if (definition.locations.some(({ value }) => EXECUTABLE.has(value))) own.set(name, definition);
  }
  const same = { document: supergraph, withDefaults: (operation: DocumentNode) => operation };
  if (own.size === 0) return same;
  const names = new Set([...own.keys()].map((name) => `@${name}`));
  return {
    document: visit(supergraph, {
      SchemaDefinition: (schema) => ({
        ...schema,
        directives: schema.directives?.flatMap((directive) => unlinked(directive, names)),
      }),
    }),
    withDefaults: (operation) =>
      visit(operation, {
        Directive(directive) {
          const missing = (own.get(directive.name.value)?.arguments ?? []).filter(
            ({ name, defaultValue }) =>
              defaultValue !== undefined &&
              !directive.arguments?.some((given) => given.name.value === name.value),
          );
          if (missing.length === 0) return undefined;
          const written = missing.map(({ name, defaultValue }) => ({
            kind: Kind.ARGUMENT as const,
            name,
            value: defaultValue as ConstValueNode,
          }));
          return { ...directive, arguments: [...(directive.arguments ?? []), ...written] };
        },
      }),
  };
}

/** A link that imports nothing else goes with the import. */
function unlinked(directive: ConstDirectiveNode, names: ReadonlySet<string>): ConstDirectiveNode[] {
  const imported = argumentOf(directive, 'import');
  if (directive.name.value !== 'link' || imported?.value.kind !== Kind.LIST) return [directive];
  const { values } = imported.value;
  const others = values.filter((value) => !names.has(importedName(value)));
  if (others.length === values.length) return [directive];
  if (others.length === 0) return [];
  const left = { ...imported, value: { ...imported.value, values: others } };
  return [
    {
      ...directive,
      arguments: directive.arguments?.map((given) =>
        given.name.value === 'import'
          ? (left as NonNullable<ConstDirectiveNode['arguments']>[number])
          : given,
      ),
    },
  ];
}

/** `"@name"`, or `{ name: "@name", as: "@here" }`. */
function importedName(value: ValueNode): string {
  if (value.kind === Kind.STRING) return value.value;
  if (value.kind !== Kind.OBJECT) return '';
  const field = (key: string) => value.fields.find(({ name }) => name.value === key)?.value;
  const name = field('as') ?? field('name');
  return name?.kind === Kind.STRING ? name.value : '';
}
