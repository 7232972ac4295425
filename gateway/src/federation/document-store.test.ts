import { createHash } from 'node:crypto';
import { buildSchema, parse, printSchema, validate } from 'graphql';
import { expect, it } from 'vitest';
import type { NextGraph } from '../executor/supergraph-updates.ts';
import { createDocumentStore } from './document-store.ts';

const OLD = buildSchema('type Query { a: Int b: Int }');
const NEXT = buildSchema('type Query { a: Int c: Int }');
const keyIn = (schema: typeof OLD, hash: string) =>
  `${createHash('sha256').update(printSchema(schema)).digest('hex')}:${hash}`;
const pause = async () => undefined;
const graph = (schema: typeof OLD): NextGraph => ({
  schema,
  sdl: '',
  change: undefined,
  problemOf: async (document) => validate(schema, document)[0]?.message,
});

it('documents that are valid over the next schema are there when it comes, and no others', async () => {
  const store = createDocumentStore();
  await store.set(keyIn(OLD, 'a'), parse('{ a }'));
  await store.set(keyIn(OLD, 'b'), parse('{ b }'));
  await store.carryOver(graph(NEXT), pause);
  expect(await store.get(keyIn(NEXT, 'a'))).toEqual(parse('{ a }'));
  expect(await store.get(keyIn(NEXT, 'b'))).toBeUndefined();
  // Requests under way still read and write over the old one.
  expect(await store.get(keyIn(OLD, 'b'))).toBeDefined();
});

it('what a change has not touched is not checked again', async () => {
  const store = createDocumentStore();
  const checked: string[] = [];
  await store.set(keyIn(OLD, 'a'), parse('{ a }'));
  await store.set(keyIn(OLD, 'b'), parse('{ b }'));
  const problemOf: NextGraph['problemOf'] = async (document) => {
    checked.push(document.loc!.source.body);
    return validate(NEXT, document)[0]?.message;
  };
  await store.carryOver(
    { ...graph(NEXT), problemOf, change: { names: new Set(['b', 'c']), isVisible: true } },
    pause,
  );
  expect(checked).toEqual(['{ b }']);
  expect(await store.get(keyIn(NEXT, 'a'))).toBeDefined();
  expect(await store.get(keyIn(NEXT, 'b'))).toBeUndefined();
});

it('what was used last is carried over first, and the bound holds', async () => {
  const store = createDocumentStore(12);
  await store.set(keyIn(OLD, '1'), parse('{ a }'));
  await store.set(keyIn(OLD, '2'), parse('{a}'));
  await store.get(keyIn(OLD, '1'));
  await store.set(keyIn(OLD, '3'), parse('{ x:a }'));
  // The third made room for itself at the cost of the second.
  expect(await store.get(keyIn(OLD, '2'))).toBeUndefined();
  await store.set(keyIn(OLD, 'too large'), parse('{ aa: a ab: a }'));
  expect(await store.get(keyIn(OLD, 'too large'))).toBeUndefined();
  await store.carryOver(graph(NEXT), pause);
  expect(await store.get(keyIn(NEXT, '3'))).toBeDefined();
  expect(await store.get(keyIn(NEXT, '1'))).toBeDefined();
});

it('schemas that are gone keep nothing', async () => {
  const store = createDocumentStore();
  const third = buildSchema('type Query { a: Int d: Int }');
  await store.set(keyIn(OLD, 'a'), parse('{ a }'));
  await store.carryOver(graph(NEXT), pause);
  await store.carryOver(graph(third), pause);
  expect(await store.get(keyIn(OLD, 'a'))).toBeUndefined();
  expect(await store.get(keyIn(third, 'a'))).toBeDefined();
  // Back to one that is still here.
  await store.carryOver(graph(NEXT), pause);
  await store.carryOver(graph(OLD), pause);
  expect(await store.get(keyIn(OLD, 'a'))).toBeDefined();
});

it('a graph that shows clients the same keeps their documents', async () => {
  const store = createDocumentStore();
  await store.set(keyIn(OLD, 'a'), parse('{ a }'));
  await store.carryOver(graph(NEXT), pause);
  await store.set(keyIn(NEXT, 'c'), parse('{ c }'));
  await store.carryOver(graph(buildSchema(printSchema(NEXT))), pause);
  for (const hash of ['a', 'c']) expect(await store.get(keyIn(NEXT, hash))).toBeDefined();
});

it('a graph that does not take over after all leaves the documents of the one in force alone', async () => {
  const store = createDocumentStore();
  await store.set(keyIn(OLD, 'b'), parse('{ b }'));
  const forget = await store.carryOver(graph(NEXT), pause);
  forget();
  await store.carryOver(graph(buildSchema('type Query { b: Int d: Int }')), pause);
  await store.set(keyIn(OLD, 'a'), parse('{ a }'));
  expect(await store.get(keyIn(OLD, 'a'))).toBeDefined();
  expect(await store.get(keyIn(buildSchema('type Query { b: Int d: Int }'), 'b'))).toBeDefined();
});
