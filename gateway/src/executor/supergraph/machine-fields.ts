/**
 * The fields that keys and `@requires` name. The query planner selects them under their own names beside what the
 * client selects, and keeps one selection per response name: a client's alias of the same name would take the
 * place of a key, and the wrong entity would be fetched. Clients' aliases are therefore moved out of their way.
 */
import { type DocumentNode, Kind, parse, type ValueNode, visit } from 'graphql';

/** Arguments of join directives that hold sets of fields. What is taken from a context is found by name like these. */
const FIELD_SETS: ReadonlySet<string> = new Set(['key', 'requires', 'provides']);

const known = new WeakMap<DocumentNode, ReadonlySet<string>>();

/** Found once for each document. */
export function machineFields(supergraph: DocumentNode): ReadonlySet<string> {
  const names = known.get(supergraph) ?? namedFields(supergraph);
  known.set(supergraph, names);
  return names;
}

function namedFields(supergraph: DocumentNode): ReadonlySet<string> {
  const names = new Set(['__typename']);
  visit(supergraph, {
    Directive(directive) {
      if (!directive.name.value.startsWith('join__')) return;
      for (const { name, value } of directive.arguments ?? []) {
        if (name.value === 'contextArguments') for (const each of contextNames(value)) names.add(each);
        if (!FIELD_SETS.has(name.value) || value.kind !== Kind.STRING) continue;
        visit(parse(`{${value.value}}`, { noLocation: true }), {
          Field: (field) => {
            names.add(field.name.value);
          },
        });
      }
    },
  });
  return names;
}

/** Every name in the selections, those of types too: one more that clients' aliases are moved from does no harm. */
function contextNames(contextArguments: ValueNode): string[] {
  const names: string[] = [];
  visit(contextArguments, {
    ObjectField({ name, value }) {
      if (name.value === 'selection' && value.kind === Kind.STRING) {
        names.push(...(value.value.match(/[_A-Za-z]\w*/g) ?? []));
      }
    },
  });
  return names;
}
