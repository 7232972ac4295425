import type { ASTNode, ConstDirectiveNode, FieldDefinitionNode } from 'graphql';
import {
  directivesNamed,
  type LintedSubgraph,
  type LintedType,
  namedTypeOf,
  ownFields,
  textArgument,
} from '../linted-graph.ts';
import type { Complaint, LintedGraph, LintRule } from '../rule.ts';

type Tagged = ASTNode & { readonly directives?: readonly ConstDirectiveNode[] | undefined };

export const knownTags: LintRule = {
  name: 'known-tags',
  summary:
    'every @tag is one that a contract includes or excludes: a misspelt one would hide or show nothing',
  *check({ types }, { contracts }) {
    const known = new Set(contracts.flatMap(({ include, exclude }) => [...include, ...exclude]));
    for (const type of types.values()) {
      for (const node of type.nodes) yield* unknownTags(type.name, node, known);
      for (const part of [...type.fields, ...type.inputFields, ...type.values]) {
        yield* unknownTags(`${type.name}.${part.name.value}`, part, known);
        for (const argument of 'arguments' in part ? (part.arguments ?? []) : []) {
          yield* unknownTags(`${type.name}.${part.name.value}(${argument.name.value}:)`, argument, known);
        }
      }
    }
  },
};

function* unknownTags(coordinate: string, node: Tagged, known: ReadonlySet<string>): Generator<Complaint> {
  for (const tag of directivesNamed(node, 'tag')) {
    const name = textArgument(tag, 'name');
    if (name === undefined || known.has(name)) continue;
    yield {
      coordinate,
      node: tag,
      message: `has the tag "${name}", which no contract knows`,
      hint: `use one of ${[...known].sort().join(', ')}, or add it to schema/contracts/contracts.json`,
    };
  }
}

export const partnersSeeWhatTheyGet: LintRule = {
  name: 'partners-see-what-they-get',
  summary: 'a field that a contract includes returns a type of which the contract includes something',
  *check(subgraph, graph) {
    for (const contract of graph.contracts) {
      if (contract.include.length === 0) continue;
      const isIncluded = (node: Tagged) =>
        directivesNamed(node, 'tag').some((tag) =>
          contract.include.includes(textArgument(tag, 'name') ?? ''),
        );
      for (const type of subgraph.types.values()) {
        const whole = isIncluded(type as unknown as Tagged);
        for (const field of ownFields(type)) {
          if (!whole && !isIncluded(field)) continue;
          if (!returnsNothing(field, graph, isIncluded)) continue;
          yield {
            coordinate: `${type.name}.${field.name.value}`,
            node: field,
            message: `is for contract "${contract.name}", which sees nothing of ${namedTypeOf(field.type)}`,
            hint: `tag ${namedTypeOf(field.type)} or the fields of it that are meant, in the subgraph that has them, or untag this`,
          };
        }
      }
    }
  },
};

/** Tags of all subgraphs count: composition puts them together. */
function returnsNothing(
  field: FieldDefinitionNode,
  { subgraphs }: LintedGraph,
  isIncluded: (node: Tagged) => boolean,
): boolean {
  const known = subgraphs
    .map(({ types }: LintedSubgraph) => types.get(namedTypeOf(field.type)))
    .filter((type): type is LintedType => type?.kind === 'object' || type?.kind === 'interface');
  return (
    known.length > 0 &&
    !known.some((type) => isIncluded(type as unknown as Tagged) || type.fields.some(isIncluded))
  );
}
