import { type FieldDefinitionNode, type InputValueDefinitionNode, Kind, print, type TypeNode } from 'graphql';
import { hasDirective, keyFields, type LintedType, ownFields } from '../linted-graph.ts';
import type { Complaint, LintRule } from '../rule.ts';

export const rootFieldsMayFail: LintRule = {
  name: 'root-fields-may-fail',
  summary:
    'root fields of queries and subscriptions are nullable, so that one subgraph that is away never empties the answer',
  *check({ types }) {
    for (const root of ['Query', 'Subscription']) {
      const type = types.get(root);
      for (const field of type === undefined ? [] : ownFields(type)) {
        if (field.type.kind !== Kind.NON_NULL_TYPE) continue;
        yield {
          coordinate: `${root}.${field.name.value}`,
          node: field,
          message: `is ${print(field.type)}: when this subgraph fails, the whole answer is null`,
          hint: `make it ${print(field.type.type)}`,
        };
      }
    }
  },
};

export const contributionsMayFail: LintRule = {
  name: 'contributions-may-fail',
  summary:
    "what a subgraph adds to another team's entity is nullable, so that its failure does not take the entity away",
  *check(subgraph, { ownership }) {
    for (const type of subgraph.types.values()) {
      if (type.kind !== 'object' || !hasDirective(type, 'key')) continue;
      const owner = ownership.ownerOf(type.name);
      if (owner === undefined || ownership.teamOfSubgraph(subgraph.name) === owner) continue;
      for (const field of contributions(type)) {
        if (field.type.kind !== Kind.NON_NULL_TYPE) continue;
        yield {
          coordinate: `${type.name}.${field.name.value}`,
          node: field,
          message: `is ${print(field.type)} on an entity of team ${owner}: when this subgraph fails, their ${type.name} is null too`,
          hint: `make it ${print(field.type.type)}`,
        };
      }
    }
  },
};

function contributions(type: LintedType) {
  const keys = keyFields(type);
  return ownFields(type).filter((field) => !keys.has(field.name.value) && !hasDirective(field, 'shareable'));
}

export const listItemsAreThere: LintRule = {
  name: 'list-items-are-there',
  summary: 'lists contain no nulls: clients would have to check every item for what never means anything',
  *check({ types }) {
    for (const type of types.values()) {
      for (const field of [...type.fields, ...type.inputFields]) {
        const coordinate = `${type.name}.${field.name.value}`;
        yield* withNullableItems(coordinate, field);
        for (const argument of 'arguments' in field ? (field.arguments ?? []) : []) {
          yield* withNullableItems(`${coordinate}(${argument.name.value}:)`, argument);
        }
      }
    }
  },
};

function* withNullableItems(
  coordinate: string,
  node: FieldDefinitionNode | InputValueDefinitionNode,
): Generator<Complaint> {
  if (!hasNullableItems(node.type)) return;
  yield {
    coordinate,
    node,
    message: `is ${print(node.type)}`,
    hint: 'make the items non-null, and leave out what cannot be had',
  };
}

function hasNullableItems(type: TypeNode): boolean {
  if (type.kind === Kind.NAMED_TYPE) return false;
  if (type.kind === Kind.NON_NULL_TYPE) return hasNullableItems(type.type);
  return type.type.kind !== Kind.NON_NULL_TYPE || hasNullableItems(type.type);
}

export const mutations: LintRule = {
  name: 'mutations',
  summary:
    'mutations take one input and return a payload of their own, which says in userErrors what was refused',
  *check({ types }) {
    const type = types.get('Mutation');
    for (const field of type === undefined ? [] : ownFields(type)) {
      const name = `${field.name.value.charAt(0).toUpperCase()}${field.name.value.slice(1)}`;
      const coordinate = `Mutation.${field.name.value}`;
      const given = (field.arguments ?? []).map(
        (argument) => `${argument.name.value}: ${print(argument.type)}`,
      );
      if (given.length > 0 && given.join() !== `input: ${name}Input!`) {
        yield {
          coordinate,
          node: field,
          message: `takes (${given.join(', ')})`,
          hint: `take one argument, input: ${name}Input!, or none: fields can be added to an input without changing every call`,
        };
      }
      if (print(field.type) !== `${name}Payload!`) {
        yield {
          coordinate,
          node: field,
          message: `returns ${print(field.type)}`,
          hint: `return ${name}Payload!, to which more can be added`,
        };
      } else if (!types.get(`${name}Payload`)?.fields.some((each) => each.name.value === 'userErrors')) {
        yield {
          coordinate: `${name}Payload`,
          node: types.get(`${name}Payload`)?.nodes[0] ?? field,
          message: 'has no userErrors',
          hint: 'add userErrors: [UserError!]!, empty on success: expected failures are answers',
        };
      }
    }
  },
};
