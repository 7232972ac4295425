import type { ASTNode, StringValueNode } from 'graphql';
import { ownFields } from '../linted-graph.ts';
import type { Complaint, LintRule } from '../rule.ts';

type Described = ASTNode & { readonly description?: StringValueNode | undefined };

export const described: LintRule = {
  name: 'described',
  summary:
    'types, fields, arguments, inputs and enum values say what they are: clients read the graph in an explorer',
  *check({ types, directives }) {
    for (const type of types.values()) {
      if (type.definition !== undefined) yield* missing(type.name, type.definition);
      for (const field of ownFields(type)) {
        yield* missing(`${type.name}.${field.name.value}`, field);
        for (const argument of field.arguments ?? []) {
          yield* missing(`${type.name}.${field.name.value}(${argument.name.value}:)`, argument);
        }
      }
      for (const part of [...type.inputFields, ...type.values]) {
        yield* missing(`${type.name}.${part.name.value}`, part);
      }
    }
    for (const directive of directives) yield* missing(`@${directive.name.value}`, directive);
  },
};

function* missing(coordinate: string, node: Described): Generator<Complaint> {
  if (node.description !== undefined && node.description.value.trim() !== '') return;
  yield {
    coordinate,
    node,
    message: 'has no description',
    hint: 'say in one sentence what it means to a client, with unit, bounds and what null stands for',
  };
}
