import { type FieldDefinitionNode, print } from 'graphql';
import { type LintedType, namedTypeOf, ownFields } from '../linted-graph.ts';
import type { Complaint, LintRule } from '../rule.ts';

const PAGE_INFO = {
  hasNextPage: 'Boolean!',
  hasPreviousPage: 'Boolean!',
  startCursor: 'String',
  endCursor: 'String',
};

export const connections: LintRule = {
  name: 'connections',
  summary:
    'pages have the shape of Relay cursor connections, with nodes beside edges, and are asked for by first and after',
  *check({ types }) {
    for (const type of types.values()) {
      if (type.kind !== 'object') continue;
      if (type.name === 'PageInfo') yield* expectFields(type, PAGE_INFO);
      if (type.name.endsWith('Connection')) {
        const name = type.name.slice(0, -'Connection'.length);
        yield* expectFields(type, { edges: `[${name}Edge!]!`, nodes: `[${name}!]!`, pageInfo: 'PageInfo!' });
      }
      if (type.name.endsWith('Edge')) {
        yield* expectFields(type, { cursor: 'String!', node: `${type.name.slice(0, -'Edge'.length)}!` });
      }
      for (const field of ownFields(type)) {
        const named = namedTypeOf(field.type);
        if (named.endsWith('Connection') && types.get(named)?.kind === 'object')
          yield* expectPaging(type, field);
      }
    }
  },
};

function* expectFields(type: LintedType, expected: Readonly<Record<string, string>>): Generator<Complaint> {
  for (const [name, shape] of Object.entries(expected)) {
    const field = type.fields.find((each) => each.name.value === name);
    if (field !== undefined && print(field.type) === shape) continue;
    yield {
      coordinate: field === undefined ? type.name : `${type.name}.${name}`,
      node: field ?? type.nodes[0],
      message: field === undefined ? `has no ${name}` : `is ${print(field.type)}`,
      hint: `a client that pages expects ${name}: ${shape}`,
    };
  }
}

function* expectPaging(type: LintedType, field: FieldDefinitionNode): Generator<Complaint> {
  for (const [name, shape] of [
    ['first', 'Int'],
    ['after', 'String'],
  ] as const) {
    const argument = field.arguments?.find((each) => each.name.value === name);
    if (argument !== undefined && print(argument.type) === shape) continue;
    yield {
      coordinate: `${type.name}.${field.name.value}`,
      node: argument ?? field,
      message: `returns a connection and has no argument ${name}: ${shape}`,
      hint:
        name === 'first'
          ? 'add it, with a default and a bound'
          : 'add it; it takes the cursor to continue after',
    };
  }
}
