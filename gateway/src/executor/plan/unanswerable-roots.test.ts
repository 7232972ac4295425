import { afterEach, describe, expect, it } from 'vitest';
import { type RunningGraph, runGraph } from '../test/running-graph.ts';

const running: RunningGraph[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((graph) => graph.stop()));
});

async function graph(): Promise<RunningGraph> {
  const made = await runGraph(
    {
      // Nothing implements the interface where it is asked for.
      one: 'interface Node @key(fields: "id") { id: ID! } type Query { node: Node }',
      two: 'type Node @key(fields: "id", resolvable: false) @interfaceObject { id: ID! name: String } type Query { size: Int }',
    },
    { one: () => ({ data: { node: null } }), two: () => ({ data: { size: 3 } }) },
  );
  running.push(made);
  return made;
}

describe('a root field that nobody can answer', () => {
  it('is an error and no answer when it is all that was asked', async () => {
    const { data, errors } = await (await graph()).ask('{ n: node { name } }');
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([{ message: 'No subgraph can answer n.' }]);
  });

  it('is null with an error beside what can be answered', async () => {
    const { data, errors } = await (await graph()).ask('{ n: node { name } size }');
    expect(data).toEqual({ n: null, size: 3 });
    expect(errors).toMatchObject([{ message: 'No subgraph can answer n.', path: ['n'] }]);
  });

  it('is not what the gateway answers itself, nor what was skipped', async () => {
    const { ask, asked } = await graph();
    const text =
      'query ($no: Boolean = false) { __typename size @include(if: $no) __schema { queryType { name } } }';
    expect(await ask(text)).toEqual({
      data: { __typename: 'Query', __schema: { queryType: { name: 'Query' } } },
    });
    expect(asked).toEqual([]);
  });
});
