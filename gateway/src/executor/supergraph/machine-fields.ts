/**
 * The fields that keys and `@requires` name. The query planner selects them under their own names beside what the
 * client selects, and keeps one selection per response name: a client's alias of the same name would take the
 * place of a key, and the wrong entity would be fetched. Clients' aliases are therefore moved out of their way.
 */
import { type DocumentNode, Kind, parse, visit } from 'graphql';

/** Arguments of join directives that hold sets of fields. */
const FIELD_SETS: ReadonlySet<string> = new Set(['key', 'requires', 'provides']);

export function machineFields(supergraph: DocumentNode): ReadonlySet<string> {
  const names = new Set(['__typename']);
  visit(supergraph, {
    Directive(directive) {
      if (!directive.name.value.startsWith('join__')) return;
      for (const { name, value } of directive.arguments ?? []) {
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
