/**
 * By what operations come to a type: names of fields that are of it or take it, also as part of an input, and conditions on
 * it. Over both supergraphs of a change, and also where one subgraph alone has a field of the type.
 */
import {
  type DefinitionNode,
  type DirectiveNode,
  type DocumentNode,
  type InputValueDefinitionNode,
  Kind,
  type TypeNode,
  visit,
} from 'graphql';
import { argumentOf } from './join-directives.ts';
import { objectFacts } from './object-facts.ts';

/** How a condition on a type is written among the names that an operation selects by. */
export function conditionOn(type: string): string {
  return `on ${type}`;
}

/** @returns undefined where more than what operations name may hang on one of the types. */
export function namesThatReach(
  changed: ReadonlySet<string>,
  supergraphs: readonly DocumentNode[],
): ReadonlySet<string> | undefined {
  if (changed.size === 0) return changed;
  // Which subgraphs there are, and other machinery of composition.
  if ([...changed].some((name) => name.includes('__'))) return undefined;
  const definitions = supergraphs.flatMap((supergraph) => supergraph.definitions);
  for (const supergraph of supergraphs) {
    const { standIns, settingContexts } = objectFacts(supergraph);
    const machinery = [...standIns, ...settingContexts, ...conditionsOfMachinery(supergraph)];
    if (machinery.some((name) => changed.has(name))) return undefined;
  }
  const types = withInputsOf(changed, definitions);
  const names = new Set([...changed].map(conditionOn));
  for (const definition of definitions) {
    if (definition.kind === Kind.DIRECTIVE_DEFINITION) {
      // Clients write it wherever they like.
      if (takesAny(definition.arguments, types)) return undefined;
    } else if (
      definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
      definition.kind === Kind.INTERFACE_TYPE_DEFINITION
    ) {
      for (const field of definition.fields ?? []) {
        const isOf = [nameOf(field.type), ...subgraphTypesOf(field.directives)].some((name) =>
          types.has(name),
        );
        if (isOf || takesAny(field.arguments, types)) names.add(field.name.value);
      }
    }
  }
  return names;
}

/** Keys, requirements, what is provided and what comes from contexts choose by conditions on types, in texts. */
function conditionsOfMachinery(supergraph: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(supergraph, {
    Directive(directive) {
      if (!/^(join|context)__|^context$/.test(directive.name.value)) return false;
      visit(directive, {
        StringValue({ value }) {
          for (const [, name = ''] of value.matchAll(/\bon\s+(\w+)/g)) names.add(name);
        },
      });
      return false;
    },
  });
  return names;
}

/** With the inputs that one of them is a part of. */
function withInputsOf(
  changed: ReadonlySet<string>,
  definitions: readonly DefinitionNode[],
): ReadonlySet<string> {
  const types = new Set(changed);
  for (let before = 0; before !== types.size; ) {
    before = types.size;
    for (const definition of definitions) {
      if (definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION && takesAny(definition.fields, types)) {
        types.add(definition.name.value);
      }
    }
  }
  return types;
}

function takesAny(
  values: readonly InputValueDefinitionNode[] | undefined,
  types: ReadonlySet<string>,
): boolean {
  return values?.some(({ type }) => types.has(nameOf(type))) ?? false;
}

/** Where a subgraph has a field of another type than the graph has, it is written as text: `[Pet!]`. */
function subgraphTypesOf(directives: readonly DirectiveNode[] | undefined): string[] {
  return (directives ?? []).flatMap((directive) => {
    const value = argumentOf(directive, 'type')?.value;
    return value?.kind === Kind.STRING ? [value.value.replaceAll(/[^_A-Za-z0-9]/g, '')] : [];
  });
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}
