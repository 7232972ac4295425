/** Whatever a client asks of the federated graph is answered as one schema over the same data would answer it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bothAnswers, fallible, graphOf } from './test/both-answers.ts';
import { library } from './test/library.world.ts';
import { type RandomOperation, randomOperation } from './test/random-operation.ts';
import { shop } from './test/shop.world.ts';
import { transit } from './test/transit.world.ts';
import { workshop } from './test/workshop.world.ts';
import type { Faults } from './test/world.ts';

const NO_FAULTS: Faults = new Map();
const ALIASES = [
  ...['id', 'upc', 'price', 'weight', 'name', 'slug', 'code', 'title'],
  ...['a', 'b', 'constructor', '__proto__'],
];

describe.each([
  { name: 'shop', graph: graphOf(shop), ids: ['p0', 'p1', 'u1', 'v2', 'nobody'] },
  { name: 'library', graph: graphOf(library), ids: ['m0', 'm1', 'm3', 'nobody'] },
  { name: 'transit', graph: graphOf(transit), ids: ['s0', 's1', 's2', 's3', 'nobody'] },
  { name: 'workshop', graph: graphOf(workshop), ids: ['t0', 't1', 'w0', 'w1', 'nobody'] },
])('$name: generated operations', ({ graph, ids }) => {
  const operations = (gen: fc.GeneratorValue): RandomOperation =>
    randomOperation(graph.supergraph.apiSchema, (below) => gen(fc.nat, { max: below - 1 }), {
      ids,
      aliases: ALIASES,
    });
  const expectSame = async (operation: RandomOperation, faults: Faults): Promise<void> => {
    const { federated, alone } = await bothAnswers(graph, operation, faults);
    expect(federated, operation.text).toEqual(alone);
  };
  // Shrinking a generated operation may take long; what it is found with is small already.
  const settings = { numRuns: 120, interruptAfterTimeLimit: 20_000 };

  it('are answered as by one schema', { timeout: 40_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.gen(), (gen) => expectSame(operations(gen), NO_FAULTS)),
      settings,
    );
  });

  it('are answered as by one schema when fields are null or fail', { timeout: 40_000 }, async () => {
    const places = fallible(graph);
    const faults = fc.dictionary(
      fc.constantFrom(...places),
      fc.constantFrom('null' as const, 'error' as const),
      { maxKeys: 12, noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(fc.gen(), faults, (gen, chosen) =>
        expectSame(operations(gen), new Map(Object.entries(chosen))),
      ),
      settings,
    );
  });
});
