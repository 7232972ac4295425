import {
  hasDirective,
  type LintedSubgraph,
  type LintedType,
  namedTypeOf,
  ROOT_TYPES,
} from '../linted-graph.ts';
import type { LintRule } from '../rule.ts';

export const reachableTypes: LintRule = {
  name: 'reachable-types',
  summary:
    'every type can be reached from a root type or an entity of its subgraph: the rest is dead code that clients read',
  *check(subgraph) {
    const reached = reachable(subgraph);
    for (const type of subgraph.types.values()) {
      if (reached.has(type.name)) continue;
      yield {
        coordinate: type.name,
        node: type.nodes[0],
        message: 'is used by nothing in this subgraph',
        hint: 'remove it here, or use it; a subgraph needs no copy of types that only others use',
      };
    }
  },
};

function reachable({ types, directives }: LintedSubgraph): ReadonlySet<string> {
  const reached = new Set<string>();
  const reach = (name: string): void => {
    const type = types.get(name);
    if (type === undefined || reached.has(name)) return;
    reached.add(name);
    for (const next of neighbours(type, types)) reach(next);
  };
  for (const type of types.values()) {
    if (ROOT_TYPES.has(type.name) || hasDirective(type, 'key')) reach(type.name);
  }
  for (const { arguments: given } of directives) for (const { type } of given ?? []) reach(namedTypeOf(type));
  return reached;
}

function neighbours(type: LintedType, types: LintedSubgraph['types']): readonly string[] {
  const implementing =
    type.kind === 'interface'
      ? [...types.values()].filter(({ interfaces }) =>
          interfaces.some(({ name }) => name.value === type.name),
        )
      : [];
  return [
    ...type.fields.flatMap((field) => [
      field.type,
      ...(field.arguments ?? []).map((argument) => argument.type),
    ]),
    ...type.inputFields.map((field) => field.type),
    ...type.interfaces,
    ...type.members,
  ]
    .map(namedTypeOf)
    .concat(implementing.map(({ name }) => name));
}
