import {
  directivesNamed,
  hasDirective,
  isList,
  type LintedSubgraph,
  namedTypeOf,
  ownFields,
  textsArgument,
} from '../linted-graph.ts';
import type { LintRule } from '../rule.ts';

/** Scalars and enums cost nothing, however many there are. */
const COUNTED: ReadonlySet<string> = new Set(['object', 'interface', 'union']);
const LIST_FIELDS = ['edges', 'nodes'];

export const boundedLists: LintRule = {
  name: 'bounded-lists',
  summary:
    'lists of objects are connections or say their size with @listSize: demand control estimates with it',
  *check({ types }) {
    for (const type of types.values()) {
      const isConnection = type.name.endsWith('Connection');
      for (const field of ownFields(type)) {
        const coordinate = `${type.name}.${field.name.value}`;
        const named = namedTypeOf(field.type);
        if (named.endsWith('Connection') && types.get(named)?.kind === 'object') {
          const [size] = directivesNamed(field, 'listSize');
          const sized = new Set(textsArgument(size, 'sizedFields'));
          const missing = listFieldsOf(types, named).filter((name) => !sized.has(name));
          if (missing.length === 0) continue;
          yield {
            coordinate,
            node: field,
            message: `does not say which of its arguments is the size of ${missing.join(' and ')}`,
            hint: 'add @listSize(slicingArguments: ["first"], sizedFields: ["nodes", "edges"], requireOneSlicingArgument: false)',
          };
        } else if (
          isList(field.type) &&
          COUNTED.has(types.get(named)?.kind ?? '') &&
          !hasDirective(field, 'listSize') &&
          !(isConnection && LIST_FIELDS.includes(field.name.value))
        ) {
          yield {
            coordinate,
            node: field,
            message: 'is a list without a size',
            hint: 'make it a connection, or say how long it is with @listSize(assumedSize: N); with an argument, @listSize(slicingArguments: ["first"])',
          };
        }
      }
    }
  },
};

function listFieldsOf(types: LintedSubgraph['types'], connection: string): readonly string[] {
  return (types.get(connection)?.fields ?? [])
    .filter(({ name, type }) => LIST_FIELDS.includes(name.value) && isList(type))
    .map(({ name }) => name.value);
}
