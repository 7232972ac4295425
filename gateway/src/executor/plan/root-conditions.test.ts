import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { federated, federatedInParts, graphOf } from '../test/both-answers.ts';
import { renamedRoots } from '../test/roots.world.ts';
import { withoutRootConditions } from './root-conditions.ts';

const graph = graphOf(renamedRoots);
const ask = (text: string) => ({ text, variables: {} });

it('a subgraph that calls its root type otherwise is asked for what is deferred there', async () => {
  const { later } = await federatedInParts(
    graph,
    ask('{ things { id } ... @defer { settings { a } } }'),
    new Map(),
  );
  expect(later.flatMap(({ delivered }) => delivered)).toMatchObject([{ data: { settings: { a: 1 } } }]);
});

it('the root is reached again from below, and is called as the graph calls it', async () => {
  const { data } = await federated(
    graph,
    ask('{ again { __typename first { id } ... on Query { settings { a b } } } }'),
    new Map(),
  );
  expect(data).toEqual({
    again: { __typename: 'Query', first: { id: 'r0' }, settings: { a: 1, b: 2 } },
  });
});

it.each([
  ['{...on Query{a ...on Query{b}}c}', '{a b c}'],
  ['query($x:Boolean!){...on Query@include(if:$x){a}}', 'query($x:Boolean!){...@include(if:$x){a}}'],
  ['{a{...on Thing{b}}}', '{a{...on Thing{b}}}'],
])('%s becomes %s', (operation, expected) => {
  expect(withoutRootConditions(operation)).toBe(expected);
  expect(() => parse(expected)).not.toThrow();
});
