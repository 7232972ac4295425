import { directivesNamed, hasDirective, type LintedSubgraph, textArgument } from '../linted-graph.ts';
import type { LintRule } from '../rule.ts';

/** Composition only hints at both, and takes the field for moved. */
export const overrides: LintRule = {
  name: 'overrides',
  summary:
    'an @override names a subgraph, and one with a label a field that is there still: otherwise everybody is moved at once',
  *check(subgraph, { subgraphs }) {
    for (const type of subgraph.types.values()) {
      for (const field of type.fields) {
        const [override] = directivesNamed(field, 'override');
        const from = textArgument(override, 'from');
        if (override === undefined || from === undefined) continue;
        const former = subgraphs.find(({ name }) => name === from);
        const place = { coordinate: `${type.name}.${field.name.value}`, node: override };
        const label = textArgument(override, 'label');
        if (former === undefined) {
          const others = subgraphs.map(({ name }) => name).filter((name) => name !== subgraph.name);
          yield {
            ...place,
            message: `is taken over from "${from}", which is no subgraph`,
            hint: `name one of ${others.sort().join(', ')}, or take the @override away`,
          };
        } else if (label !== undefined && !resolves(former, type.name, field.name.value)) {
          yield {
            ...place,
            message: `is taken over from ${from} by the label "${label}", and ${from} does not have it`,
            hint: `leave it in ${from} until the move is over, or take the @override away: without the field there the label does nothing`,
          };
        }
      }
    }
  },
};

function resolves({ types }: LintedSubgraph, type: string, field: string): boolean {
  const found = types.get(type)?.fields.find(({ name }) => name.value === field);
  return found !== undefined && !hasDirective(found, 'external');
}
