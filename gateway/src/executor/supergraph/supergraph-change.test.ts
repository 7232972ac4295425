import fc from 'fast-check';
import { type DocumentNode, parse, print, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { LABELS, moving } from '../test/moving.world.ts';
import { randomChange } from '../test/random-change.ts';
import { randomOperation } from '../test/random-operation.ts';
import { supergraphOf } from '../test/running-graph.ts';
import { shop } from '../test/shop.world.ts';
import { transit } from '../test/transit.world.ts';
import { workshop } from '../test/workshop.world.ts';
import { federate, type World } from '../test/world.ts';
import { loadSupergraph } from './supergraph.ts';
import { changeBetween, isUntouched, selectedNames } from './supergraph-change.ts';

const GRAPH = {
  catalog: `
    type Query { product(id: ID!, of: Only): Product size: Size found: Found called: Named }
    enum Size { S L }
    input Only { size: Size = S }
    interface Named { name: String }
    type Product implements Named @key(fields: "id") { id: ID! name: String price: Int }
    type Service { hours: Int }
    union Found = Product | Service`,
  stock: `
    type Product @key(fields: "id") { id: ID! price: Int @external count: Int freight: Int @requires(fields: "price") }`,
};
const read = (subgraphs: Readonly<Record<string, string>>): DocumentNode =>
  parse(supergraphOf(subgraphs), { noLocation: true });
const changed = (from: string, to: string, subgraph: keyof typeof GRAPH = 'catalog') => {
  expect(GRAPH[subgraph]).toContain(from);
  const change = changeBetween(
    read(GRAPH),
    read({ ...GRAPH, [subgraph]: GRAPH[subgraph].replace(from, to) }),
  );
  return change && [...change.names].sort();
};

describe('between two supergraphs', () => {
  it.each([
    ['nothing', 'name: String price', 'name: String price', []],
    ['a field more', 'name: String price', 'name: String colour: String price', ['colour']],
    ['a field less', 'hours: Int', 'days: Int', ['days', 'hours']],
    ['another type of a field', 'hours: Int', 'hours: Float', ['hours']],
    ['an argument more', 'hours: Int', 'hours(of: Int): Int', ['hours']],
    ['a description of a type', 'type Service', '"What people do." type Service', []],
    [
      'a type and the way to it',
      'type Service { hours: Int }',
      'type Service { hours: Int by: Person } type Person { nick: String }',
      ['by'],
    ],
    [
      'a root field more',
      'called: Named }',
      'called: Named sizes(in: In): [Size] } input In { a: Int }',
      ['sizes'],
    ],
    ['an enum value more', 'S L', 'S M L', ['on Size', 'product', 'size']],
    ['a description of an enum value', 'S L', 'S "Large." L', ['on Size', 'product', 'size']],
    ['a member of a union', 'Product | Service', 'Product', ['found', 'on Found']],
    [
      'a union more',
      'found: Found called: Named',
      'other: Other found: Found called: Named } union Other = Product type None { a: Int',
      ['on Other', 'other'],
    ],
    [
      'what an interface stands for',
      'type Service {',
      'type Service implements Named { name: String ',
      ['called', 'name', 'on Named'],
    ],
    [
      'a type behind an interface',
      'type Service {',
      'type Shop implements Named { name: String } type Service {',
      ['called', 'on Named'],
    ],
    [
      'an interface that nothing leads to',
      'type Service {',
      'interface Open { hours: Int } type Service implements Open {',
      ['on Open'],
    ],
  ])('%s differs', (_, from, to, fields) => {
    expect(changed(from, to)).toEqual(fields);
  });

  it.each([
    ['of a field that another requires', 'price: Int }', 'price: Int @deprecated }', 'catalog'],
    ['of a field that requires', 'freight: Int', 'freight: Float', 'stock'],
    [
      'of a key',
      'Product @key(fields: "id") {',
      'Product @key(fields: "id") @key(fields: "count") {',
      'stock',
    ],
  ] as const)('anything may differ because %s', (_, from, to, subgraph) => {
    expect(changed(from, to, subgraph)).toBeUndefined();
  });

  it.each([
    ['nothing', 'name: String price', 'name: String price', false],
    ['a hidden field', 'hours: Int', 'hours: Int secret: Int @inaccessible', false],
    [
      'a field of a hidden type',
      'type Service { hours: Int }',
      'type Service { hours: Int } type Secret @inaccessible { a: Int }',
      false,
    ],
    ['a field that is hidden now', 'hours: Int', 'days: Int hours: Int @inaccessible', true],
    ['a description', 'type Service', '"What people do." type Service', true],
    ['a type', 'type Service { hours: Int }', 'type Service { hours: Int } type Other { a: Int }', true],
    ['an enum', 'type Service { hours: Int }', 'type Service { hours: Int } enum Other { A }', true],
  ])('clients see the difference of %s: %#', (_, from, to, isVisible) => {
    // So that both link the specification.
    const catalog = `${GRAPH.catalog} type Hidden @inaccessible { a: Int }`;
    const [before, after] = [catalog, catalog.replace(from, to)].map((text) =>
      read({ ...GRAPH, catalog: text }),
    );
    expect(changeBetween(before!, after!)?.isVisible).toBe(isVisible);
  });

  it('a subgraph more, or at another address, is any difference', () => {
    const more = { ...GRAPH, reviews: 'type Query { reviews: Int }' };
    expect(changeBetween(read(GRAPH), read(more))).toBeUndefined();
  });
});

describe('an operation that a change has not touched', () => {
  it.each<readonly [string, World]>([
    ['shop', shop],
    ['moving', moving],
    ['transit', transit],
    ['workshop', workshop],
  ])('has the plans that it had, in the graph %s', { timeout: 60_000 }, async (_, world) => {
    const sdl = federate(world).supergraphSdl;
    const before = loadSupergraph(sdl);
    const document = parse(sdl, { noLocation: true });
    let kept = 0;
    await fc.assert(
      fc.property(fc.gen(), fc.subarray(LABELS), (gen, labels) => {
        const pick = (below: number) => (below === 0 ? 0 : gen(fc.nat, { max: below - 1 }));
        const next = randomChange(document, pick);
        const change = changeBetween(document, next);
        if (change === undefined) return;
        const after = loadSupergraph(print(next));
        for (let i = 0; i < 10; i++) {
          const options = { ids: ['1', 'nobody'], aliases: ['id', 'name', 'other'], defers: true };
          const operation = parse(randomOperation(before.apiSchema, pick, options).text);
          if (!isUntouched(selectedNames(operation), change)) continue;
          kept++;
          expect(validate(after.apiSchema, operation)).toEqual([]);
          const planIn = ({ plan }: typeof before) => {
            try {
              return plan(operation, undefined, world === moving ? labels : []);
            } catch {
              // Which of a type's objects it names first depends on their order.
              return 'no plan';
            }
          };
          expect(planIn(after), print(operation)).toEqual(planIn(before));
        }
      }),
      { numRuns: 12, interruptAfterTimeLimit: 10_000 },
    );
    expect(kept).toBeGreaterThan(0);
  });

  it('is none that asks for the schema, and none where anything may be different', () => {
    const names = (text: string) => selectedNames(parse(text));
    const change = { names: new Set(['extra']) };
    expect(isUntouched(names('{ a: size ...F } fragment F on Query { found { __typename } }'), change)).toBe(
      true,
    );
    expect(isUntouched(names('{ size extra: size }'), change)).toBe(true);
    expect(isUntouched(names('{ size ... { size: extra } }'), change)).toBe(false);
    expect(isUntouched(names('{ __schema { description } }'), change)).toBe(false);
    expect(isUntouched(names('{ size t: __type(name: "A") { name } }'), change)).toBe(false);
    expect(isUntouched(names('{ size }'), undefined)).toBe(false);
  });
});
