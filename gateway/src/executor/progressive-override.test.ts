import { silentLogger } from '@marquee/service-kit';
import fc from 'fast-check';
import { type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseGatewayConfig } from '../config.ts';
import { OperationStore } from './operation-store.ts';
import { labelFacts, overrideLabels } from './planning/override-labels.ts';
import { bothAnswers, fallible, graphOf } from './test/both-answers.ts';
import { LABELS, moving } from './test/moving.world.ts';
import { randomOperation } from './test/random-operation.ts';
import { runGraph, supergraphOf } from './test/running-graph.ts';

const graph = graphOf(moving);
const facts = labelFacts(parse(graph.federation.supergraphSdl))!;
const percentOf = (label: string, shares = {}, people = 4_000) => {
  const labels = overrideLabels(facts, shares);
  const on = Array.from({ length: people }, (_, i) => labels.activeFor(`p${i}`)).filter((active) =>
    active.includes(label),
  );
  return (on.length / people) * 100;
};

describe('fields that move between subgraphs', () => {
  it('are answered as by one schema, whichever labels are on', { timeout: 40_000 }, async () => {
    const places = fallible(graph);
    const faults = fc.dictionary(
      fc.constantFrom(...places),
      fc.constantFrom('null' as const, 'error' as const),
      {
        maxKeys: 6,
        noNullPrototype: true,
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.gen(), fc.subarray(LABELS), faults, async (gen, labels, chosen) => {
        const operation = randomOperation(
          graph.supergraph.apiSchema,
          (below) => gen(fc.nat, { max: below - 1 }),
          {
            ids: ['o0', 'o1', 'o2', 'nobody'],
            aliases: ['id', 'status', 'total', 'a', 'b'],
          },
        );
        const { federated, alone } = await bothAnswers(
          graph,
          operation,
          new Map(Object.entries(chosen)),
          labels,
        );
        expect(federated, `${labels} ${operation.text}`).toEqual(alone);
      }),
      { numRuns: 200, interruptAfterTimeLimit: 20_000 },
    );
  });

  it.each([
    ['{ order(id: "o0") { status } }', [], ['sales']],
    ['{ order(id: "o0") { status } }', ['percent(25)'], ['sales', 'fulfilment']],
    ['{ recent { id } }', ['percent(75.5)'], ['fulfilment']],
    ['{ recent { id } }', ['percent(25)'], ['sales']],
    ['{ order(id: "o0") { note } }', ['new-summaries', 'percent(25)'], ['sales', 'notices']],
    ['{ order(id: "o1") { next { status carrier { name } } } }', LABELS, ['sales', 'fulfilment']],
  ])('%s with %j is planned over %j', (text, labels, subgraphs) => {
    const plan = JSON.stringify(graph.supergraph.plan(parse(text), undefined, labels));
    expect([...new Set([...plan.matchAll(/"serviceName":"(\w+)"/g)].map(([, name]) => name))]).toEqual(
      subgraphs,
    );
  });
});

describe('labels', () => {
  it('that say a percentage are on for that part of those who ask', () => {
    expect(percentOf('percent(25)')).toBeCloseTo(25, -0.7);
    expect(percentOf('percent(75.5)')).toBeCloseTo(75.5, -0.7);
    expect(percentOf('new-carriers')).toBe(0);
  });

  it('follow the configuration where there is one', () => {
    expect(percentOf('new-carriers', { 'new-carriers': 50 })).toBeCloseTo(50, -0.7);
    expect(percentOf('new-carriers', { 'new-carriers': 100 })).toBe(100);
    expect(percentOf('percent(25)', { 'percent(25)': 0 })).toBe(0);
  });

  it('are the same for the same person, who stays on the new side as the part grows', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(100), fc.nat(100), (identity, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        const active = (share: number) =>
          overrideLabels(facts, { 'new-carriers': share }).activeFor(identity);
        expect(active(less)).toEqual(active(less));
        if (active(less).includes('new-carriers')) expect(active(more)).toContain('new-carriers');
        const own = overrideLabels(facts, {}).activeFor(identity);
        if (own.includes('percent(25)')) expect(own).toContain('percent(75.5)');
      }),
    );
  });

  it('are none for a graph in which nothing moves', () => {
    expect(labelFacts(parse('type Query { a: Int }'))).toBeUndefined();
  });

  it('are configured by name and percentage', () => {
    const parsed = (text: string) =>
      parseGatewayConfig({ MARQUEE_MODE: 'development', MARQUEE_OVERRIDES: text }).overrideShares;
    expect(parsed('')).toEqual({});
    expect(parsed('new-carriers=25, percent(5)=0')).toEqual({ 'new-carriers': 25, 'percent(5)': 0 });
    for (const wrong of [
      'new-carriers',
      'new-carriers=',
      'new-carriers=101',
      'new-carriers=many',
      '=5',
      '1a=5',
    ]) {
      expect(() => parsed(wrong), wrong).toThrow(/MARQUEE_OVERRIDES/);
    }
  });
});

describe('plans', () => {
  it('are kept apart by the labels that matter to them, and by no others', () => {
    const operations = new OperationStore(graph.supergraph, 10);
    const prepared = (text: string, labels: readonly string[]) => {
      const document = parse(text);
      return operations.prepared(
        text,
        document,
        document.definitions[0] as OperationDefinitionNode,
        undefined,
        labels,
      );
    };
    const status = '{ order(id: "o0") { status } }';
    expect(prepared(status, ['percent(25)'])).not.toBe(prepared(status, []));
    expect(prepared(status, ['percent(25)'])).toBe(prepared(status, ['percent(25)']));
    // Nothing here needs a carrier.
    expect(prepared(status, ['new-carriers'])).toBe(prepared(status, []));
    expect(prepared(status, ['percent(25)']).overrides).toEqual(['percent(25)']);
  });

  it('are made anew for both sides when another supergraph takes over', async () => {
    const subgraphs = (more: string) => ({
      old: `type Query { thing: Thing } type Thing @key(fields: "id") { id: ID! size: Int }`,
      new: `type Thing @key(fields: "id") { id: ID! size: Int @override(from: "old", label: "percent(50)") ${more} }`,
    });
    const answers = {
      old: () => ({ data: { thing: { __typename: 'Thing', id: '1', size: 1 } } }),
      new: () => ({ data: { _entities: [{ __typename: 'Thing', size: 2 }] } }),
    };
    let identity = '';
    const running = await runGraph(subgraphs(''), answers, silentLogger, {
      overrideIdentity: () => identity,
    });
    onTestFinished(() => running.stop());
    const sizes = new Map<string, unknown>();
    for (let i = 0; i < 8; i++) {
      identity = `p${i}`;
      sizes.set(identity, (await running.ask('{ thing { size } }')).data?.thing);
    }
    expect(new Set([...sizes.values()].map((thing) => JSON.stringify(thing)))).toEqual(
      new Set(['{"size":1}', '{"size":2}']),
    );
    await running.executor.update(supergraphOf(subgraphs('weight: Int')));
    for (const [person, thing] of sizes) {
      identity = person;
      expect((await running.ask('{ thing { size } }')).data?.thing).toEqual(thing);
    }
  });
});
