import { silentLogger } from '@marquee/service-kit';
import { buildSchema, type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { BoundedLabels } from './bounded-labels.ts';
import { fieldsOf, textWithoutLiterals } from './document-fields.ts';
import { OperationLabels } from './operation-labels.ts';
import { type SlowOperation, SlowOperations } from './slow-operations.ts';
import { UsageCounter } from './usage-counter.ts';

const schema = buildSchema(`
  interface Node { id: ID! }
  type Title implements Node { id: ID! name: String! similar(first: Int, like: Like): [Title!]! }
  type Person implements Node { id: ID! born: Int }
  union Found = Title | Person
  input Like { text: String! weight: Float }
  type Query { node(id: ID!): Node found: [Found!]! }
`);

function counted(text: string, documentHash = text) {
  const document = parse(text);
  return { schema, document, operation: document.definitions[0] as OperationDefinitionNode, documentHash };
}

describe('the fields of an operation', () => {
  it('are found through fragments, interfaces and unions, also when fragments go in circles by way of fields', () => {
    const { document, operation } = counted(`
      query A { node(id: "1") { id ... on Title { ...T } } found { ... on Person { born } ...T __typename } }
      fragment T on Title { name similar { id } }
      query B { node(id: 2) { id } }`);
    expect(fieldsOf(schema, document, operation)).toEqual([
      'Node.id',
      'Person.born',
      'Query.found',
      'Query.node',
      'Title.id',
      'Title.name',
      'Title.similar',
    ]);
  });

  it('are kept in a text without literals, of the one operation and what it needs', () => {
    const { document, operation } = counted(`
      query A { node(id: "4711") { ... on Title { ...T } } }
      fragment T on Title { similar(first: 4711, like: { text: """4711""", weight: 4.711 }) { id } }
      fragment Unneeded on Title { id }
      query B { node(id: 2) { id } }`);
    const text = textWithoutLiterals(document, operation);
    expect(text).not.toContain('4711');
    expect(text).not.toContain('4.711');
    expect(text).toContain('similar(first: 0, like: {text: "", weight: 0})');
    expect(parse(text).definitions).toHaveLength(2);
  });
});

describe('memory for what strangers make up is bounded', () => {
  it('usage: clients that are used least become one, operations that are used least are only counted', () => {
    const usage = new UsageCounter({ every: 1, operations: 4, entries: 4 });
    for (let i = 0; i < 9; i++) {
      const client = { name: i % 2 === 0 ? 'tv' : `made-up-${i}`, version: '1' };
      usage.count(counted('query Found { found { __typename } }'), client);
    }
    expect(usage.operations().map(({ client, count }) => [client, count])).toEqual([
      ['tv', 5],
      ['made-up-3', 1],
      ['made-up-5', 1],
      ['other', 1],
      ['made-up-7', 1],
    ]);
    for (let i = 0; i < 50; i++) {
      usage.count(counted(`query Q${i} { node(id: 1) { id } }`), { name: `made-up-${i}`, version: '1' });
    }
    const told = usage.operations();
    expect(new Set(told.map(({ operation }) => operation))).toEqual(new Set(['Found', 'Q47', 'Q48', 'Q49']));
    expect(told.find(({ client }) => client === 'tv')).toMatchObject({ operation: 'Found', count: 5 });
    const counts = told.reduce((sum, { count }) => sum + count, 0);
    expect(counts + usage.fields().uncounted).toBe(59);
  });

  it('usage: an operation that comes while others are made up is counted as soon as it is used twice', () => {
    const usage = new UsageCounter({ every: 1, operations: 8 });
    for (let i = 0; i < 100; i++) {
      usage.count(counted(`query Q${i} { node(id: 1) { id } }`), { name: 'stranger', version: '1' });
      if (i >= 50 && i % 5 === 0)
        usage.count(counted('query New { found { __typename } }'), { name: 'tv', version: '2' });
    }
    expect(usage.operations()).toContainEqual(
      expect.objectContaining({ operation: 'New', client: 'tv', version: '2', count: 10 }),
    );
  });

  it('usage: an operation too long to be listed is named', () => {
    const usage = new UsageCounter({ every: 1 });
    const long = Array.from({ length: 2_000 }, (_, i) => `a${i}: node(id: 1) { id }`).join(' ');
    usage.count(counted(`query Long { ${long} }`), { name: 'tv', version: '1' });
    expect(usage.operations()).toEqual([]);
    expect(usage.fields()).toMatchObject({ unlisted: ['Long'], uncounted: 0 });
    expect(usage.fields().fields.map(({ field }) => field)).toEqual(['Node.id', 'Query.node']);
  });

  it('labels: what is above the bound is not admitted, what is known stays', () => {
    const labels = new BoundedLabels(2);
    expect([
      labels.admits('a', 'b'),
      labels.admits('ab', ''),
      labels.admits('c'),
      labels.admits('a', 'b'),
    ]).toEqual([true, true, false, true]);
  });

  it('labels: who makes up names takes no place from clients that are proven by a key', () => {
    const labels = new OperationLabels();
    for (let i = 0; i < 700; i++) labels.of(`Q${i}`, { name: `c${i}`, proven: false });
    expect(labels.of('Home', { name: 'tv', proven: false })).toEqual({ operation: 'other', client: 'other' });
    expect(labels.of('Home', { name: 'tv', proven: true })).toEqual({ operation: 'Home', client: 'tv' });
  });

  it('slow operations: a thousand kinds are as many lines as there is room for, and one for the others', () => {
    let now = 0;
    const lines: Record<string, unknown>[] = [];
    const logger = Object.assign(Object.create(silentLogger), {
      warn: (line: never) => void lines.push(line),
    });
    const slow = new SlowOperations({ thresholdMs: 10, logger, kinds: 3, windowMs: 100, now: () => now });
    const one = (operation: string, durationMs: number): SlowOperation => ({
      operation,
      documentHash: 'h',
      client: 'tv',
      clientVersion: '1',
      durationMs,
      planMs: undefined,
      plan: 'hit',
      cost: 3,
      subgraphs: new Map(),
      requestId: 'r',
      traceId: undefined,
    });
    for (let i = 0; i < 1_000; i++) slow.note(one(`Q${i}`, 20 + i));
    expect(lines).toHaveLength(4);
    now = 101;
    slow.flushEnded();
    expect(lines).toHaveLength(5);
    expect(lines[4]).toMatchObject({
      operation: 'Q999',
      times: 996,
      meanMs: expect.any(Number),
      durationMs: 1_019,
    });
    slow.stop();
    expect(lines).toHaveLength(5);
  });
});
