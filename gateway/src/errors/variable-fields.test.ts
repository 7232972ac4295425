import { buildSchema, type OperationDefinitionNode, parse } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, gatewayOver, smallGraph } from '../../test/small-graph/small-graph.ts';
import type { Gateway } from '../index.ts';
import { variableFields } from './variable-fields.ts';

const schema = buildSchema(`
  enum Kind { PLAY STOP }
  input Event { kind: Kind! at: Int! }
  input Events { events: [Event!]! note: String }
  type Query { a(first: Int, kind: Kind, input: Events): Int }
`);

function fields(definitions: string, variables: Record<string, unknown>): readonly string[] {
  const operation = parse(`query(${definitions}) { __typename }`).definitions[0] as OperationDefinitionNode;
  const found = variableFields(schema, operation, variables);
  // One for each error of graphql-js, or they could not be told apart.
  const { errors = [] } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  expect(found).toHaveLength(errors.length);
  return found;
}

describe('which variable an error is about', () => {
  it.each<[string, string, Record<string, unknown>, string[]]>([
    ['a wrong Int', '$first: Int', { first: 'ten' }, ['first']],
    ['an Int that is none', '$first: Int', { first: 1.5 }, ['first']],
    ['a wrong enum', '$kind: Kind', { kind: 'PAUSE' }, ['kind']],
    ['a missing variable', '$first: Int!', {}, ['first']],
    ['null where a value has to be', '$first: Int!', { first: null }, ['first']],
    [
      'a field deep inside',
      '$input: Events!',
      {
        input: {
          events: [
            { kind: 'PLAY', at: 1 },
            { kind: 'X', at: 1 },
          ],
        },
      },
      ['input.events.1.kind'],
    ],
    ['a missing field', '$input: Events!', { input: {} }, ['input']],
    ['a field that does not exist', '$input: Events!', { input: { events: [], nope: 1 } }, ['input']],
    [
      'several',
      '$first: Int!, $kind: Kind, $input: Events',
      {
        kind: 7,
        input: {
          events: [
            { kind: 'PLAY', at: 'x' },
            { kind: 'STOP', at: null },
          ],
        },
      },
      ['first', 'kind', 'input.events.0.at', 'input.events.1.at'],
    ],
    ['what is right', '$first: Int = 3, $kind: Kind', { kind: 'STOP' }, []],
    ['a value that looks like a message', '$kind: Kind', { kind: 'X" at "input.events; ' }, ['kind']],
  ])('%s', (_name, definitions, variables, expected) => {
    expect(fields(definitions, variables)).toEqual(expected);
  });
});

describe('through the gateway', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = gatewayOver(smallGraph());
    await gateway.start();
  });
  afterAll(() => gateway.stop());

  it.each<[string, string, Record<string, unknown> | undefined, string]>([
    [
      'wrong enum',
      'query($device: Device) { title(id: "t0", device: $device) { id } }',
      { device: 'FRIDGE' },
      'device',
    ],
    ['wrong Int', 'query($first: Int) { titles(first: $first) { id } }', { first: 'ten' }, 'first'],
    ['missing', 'query($id: ID!) { title(id: $id) { id } }', undefined, 'id'],
  ])('%s: BAD_USER_INPUT with the field', async (_name, query, variables, field) => {
    const { body } = await ask(gateway, query, {}, variables);
    expect(body.data).toBeUndefined();
    expect(body.errors?.map((error) => error.extensions)).toEqual([
      { code: 'BAD_USER_INPUT', field, retryable: false },
    ]);
  });
});
