import { ownFields } from '../linted-graph.ts';
import type { LintRule } from '../rule.ts';

export const oneOwner: LintRule = {
  name: 'one-owner',
  summary: 'every type and field has one team that answers for it (schema/owners.json)',
  *check({ types }, { ownership }) {
    for (const type of types.values()) {
      const parts = [...ownFields(type), ...type.inputFields, ...type.values];
      const all = [
        { coordinate: type.name, node: type.nodes[0] },
        ...parts.map((node) => ({ coordinate: `${type.name}.${node.name.value}`, node })),
      ];
      for (const { coordinate, node } of all) {
        if (ownership.ownerOf(coordinate) !== undefined) continue;
        const teams = ownership.candidates(coordinate);
        yield {
          coordinate,
          node,
          message: teams.length === 0 ? 'belongs to nobody' : `is in subgraphs of ${teams.join(' and ')}`,
          hint:
            teams.length === 0
              ? 'give its subgraph to a team in schema/owners.json'
              : `say in schema/owners.json, under "owned", whose "${type.name}" is`,
        };
        // Of a type that nobody owns, each field would be one more way to say so.
        if (coordinate === type.name) break;
      }
    }
  },
};
