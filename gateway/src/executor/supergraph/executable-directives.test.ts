import { afterEach, expect, it } from 'vitest';
import { type RunningGraph, runGraph } from '../test/running-graph.ts';

const running: RunningGraph[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((graph) => graph.stop()));
});

const traced = (fields: string, level: string) => `
  extend schema @link(url: "https://example.com/trace/v1.0", import: ["@trace"])
    @federation__composeDirective(name: "@trace")
  directive @trace(level: Level!${level}, note: String) on FIELD
  enum Level { LOW HIGH }
  type Query { ${fields} }`;

it('a directive of the graph may be used by clients, and reaches subgraphs with the defaults of the graph', async () => {
  const made = await runGraph(
    { one: traced('a(n: Int): Int', ''), two: traced('b: Int', ' = LOW') },
    { one: () => ({ data: { a: 1 } }), two: () => ({ data: { b: 2 } }) },
  );
  running.push(made);
  expect(
    await made.ask('query ($note: String) { a @trace(note: $note) b @trace(level: HIGH) }', { note: 'x' }),
  ).toEqual({
    data: { a: 1, b: 2 },
  });
  const [first, second] = ['one', 'two'].map((name) => made.asked.find(({ subgraph }) => subgraph === name));
  expect(first?.query).toMatch(/a@trace\(note:\$note,? ?level:LOW\)/);
  expect(first?.variables).toEqual({ note: 'x' });
  expect(second?.query).toContain('b@trace(level:HIGH)');
  const { errors } = await made.ask('{ a @trace(level: LOUD) }');
  expect(errors?.[0]?.extensions?.code).toBe('GRAPHQL_VALIDATION_FAILED');
});
