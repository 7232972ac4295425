/**
 * Under which name a supergraph uses a directive of a specification: subgraphs may rename what they import, and a
 * directive that is looked for under its usual name alone would not be enforced then (`link` specification, v1.0).
 */
import { type DirectiveNode, type DocumentNode, Kind, type ValueNode } from 'graphql';
import { argumentOf } from './join-directives.ts';

const SPECIFICATIONS = 'https://specs.apollo.dev/';

/** Specifications that are enforced beside the executor: by authorization and demand control. */
export const ENFORCED_FEATURES: readonly string[] = [
  'authenticated/v0.1',
  'requiresScopes/v0.1',
  'policy/v0.1',
  'cost/v0.1',
].map((feature) => `${SPECIFICATIONS}${feature}`);

/**
 * @param feature name of the specification, e.g. `cost`. @param directive without `@`, e.g. `listSize`.
 * @returns the name in the supergraph without `@`; undefined where the specification is not linked.
 */
export function linkedDirectiveName(
  supergraph: DocumentNode,
  feature: string,
  directive: string,
): string | undefined {
  for (const link of linksOf(supergraph)) {
    const url = textOf(argumentOf(link, 'url')?.value);
    if (url === undefined || !url.startsWith(`${SPECIFICATIONS}${feature}/`)) continue;
    const imported = importedName(argumentOf(link, 'import')?.value, directive);
    if (imported !== undefined) return imported;
    const namespace = textOf(argumentOf(link, 'as')?.value) ?? feature;
    return directive === feature ? namespace : `${namespace}__${directive}`;
  }
  return undefined;
}

function linksOf(supergraph: DocumentNode): DirectiveNode[] {
  return supergraph.definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
      ? (definition.directives ?? []).filter(({ name }) => name.value === 'link')
      : [],
  );
}

function importedName(imports: ValueNode | undefined, directive: string): string | undefined {
  if (imports?.kind !== Kind.LIST) return undefined;
  for (const each of imports.values) {
    if (each.kind === Kind.STRING && each.value === `@${directive}`) return directive;
    if (each.kind !== Kind.OBJECT) continue;
    const field = (name: string) => textOf(each.fields.find((one) => one.name.value === name)?.value);
    if (field('name') === `@${directive}`) return (field('as') ?? `@${directive}`).replace(/^@/, '');
  }
  return undefined;
}

function textOf(value: ValueNode | undefined): string | undefined {
  return value?.kind === Kind.STRING ? value.value : undefined;
}
