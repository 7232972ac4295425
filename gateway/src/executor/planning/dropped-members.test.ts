import { afterEach, describe, expect, it } from 'vitest';
import { type RunningGraph, runGraph } from '../test/running-graph.ts';

const running: RunningGraph[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((graph) => graph.stop()));
});

/** Both resolve `page`, and each knows a block that the other does not. */
const sides = (own: string) => `
  type Query { ${own}: Site }
  type Site @key(fields: "id") { id: ID! page: Page @shareable }
  type Page @shareable { blocks(first: Int): [Block!]! }
  union Block = Text | ${own === 'left' ? 'Chart' : 'Video'}
  type Text @shareable { text: String }
  ${own === 'left' ? 'type Chart { points(first: Int): Int }' : 'type Video { length: Int }'}`;

async function graph(blocks: readonly Record<string, unknown>[]): Promise<RunningGraph> {
  const made = await runGraph(
    { left: sides('left'), right: sides('right') },
    {
      left: () => ({ data: { left: { __typename: 'Site', id: '1', page: { blocks } } } }),
      right: () => ({ data: null, errors: [{ message: 'nobody should ask' }] }),
    },
  );
  running.push(made);
  return made;
}

const EVERYTHING =
  'query ($n: Int) { left { page { blocks { __typename ...B ... on Text { text } ... on Video { length } } } } } fragment B on Block { ... on Chart { dots: points(first: $n) } }';

describe('a member that only some of the subgraphs know', () => {
  it('is asked of the subgraph that finds the object, with the variables it needs', async () => {
    const { ask, asked } = await graph([
      { __typename: 'Text', text: 'x' },
      { __typename: 'Chart', dots: 3 },
    ]);
    expect(await ask(EVERYTHING, { n: 9 })).toEqual({
      data: {
        left: {
          page: {
            blocks: [
              { __typename: 'Text', text: 'x' },
              { __typename: 'Chart', dots: 3 },
            ],
          },
        },
      },
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.query).toContain('...on Chart{dots:points(first:$n)}');
    expect(asked[0]?.variables).toEqual({ n: 9 });
  });

  it('is not asked of a subgraph that does not know it', async () => {
    const { ask, asked } = await graph([{ __typename: 'Text' }]);
    const { data } = await ask('{ left { page { blocks { ... on Video { length } } } } }');
    expect(data).toEqual({ left: { page: { blocks: [{}] } } });
    expect(asked.map(({ query }) => query).join()).not.toContain('Video');
  });
});
