/** In every corner a federated answer is what one schema over the same data would answer, whole and in parts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { abstractCorners } from './test/abstract-corners.world.ts';
import { argumentsOfAllKinds } from './test/arguments.world.ts';
import { bothAnswers, fallible, federated, federatedInParts, graphOf } from './test/both-answers.ts';
import { corners } from './test/corners.world.ts';
import { furtherCorners } from './test/further-corners.world.ts';
import { mergedData } from './test/merged-parts.ts';
import { nestedAliases } from './test/nested-aliases.world.ts';
import { outlyingCorners } from './test/outlying-corners.world.ts';
import { type RandomOperation, randomOperation } from './test/random-operation.ts';
import { renamedRoots } from './test/roots.world.ts';
import { sharedCorners } from './test/shared-corners.world.ts';
import type { Faults } from './test/world.ts';

const NO_FAULTS: Faults = new Map();
const ALIASES = ['id', 'name', 'title', 'a', '__proto__', '__typename', 'constructor'];
const IDS = ['u0', 'p0', 'r0', 't1', 'a0', 'c1', 'e0', 'e1', 'm1', 'o0', 'nobody'];

const WORLDS = {
  ...corners,
  ...abstractCorners,
  ...furtherCorners,
  ...sharedCorners,
  ...outlyingCorners,
  'one name for different fields': nestedAliases,
  'roots that everybody calls otherwise': renamedRoots,
  'arguments of every kind': argumentsOfAllKinds,
};

describe.each(Object.entries(WORLDS))('%s', (_name, world) => {
  const graph = graphOf(world);
  const operationOf = (gen: fc.GeneratorValue, defers = false): RandomOperation =>
    randomOperation(graph.supergraph.apiSchema, (below) => gen(fc.nat, { max: below - 1 }), {
      ids: IDS,
      aliases: ALIASES,
      ...(defers && { defers }),
    });
  const settings = { numRuns: 30, interruptAfterTimeLimit: 4_000 };

  it('as one schema, also where fields are null or fail', { timeout: 30_000 }, async () => {
    const faults = fc.dictionary(
      fc.constantFrom(...fallible(graph)),
      fc.constantFrom('null' as const, 'error' as const),
      { maxKeys: 4, noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(fc.gen(), faults, fc.boolean(), async (gen, chosen, fails) => {
        const operation = operationOf(gen);
        const given = fails ? new Map(Object.entries(chosen)) : NO_FAULTS;
        const { federated: ours, alone } = await bothAnswers(graph, operation, given);
        expect(ours, operation.text).toEqual(alone);
      }),
      settings,
    );
  });

  it('in parts as at once', { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (gen) => {
        const operation = operationOf(gen, true);
        const whole = await federated(graph, operation, NO_FAULTS);
        const parts = await federatedInParts(graph, operation, NO_FAULTS);
        if (whole.errors === undefined) expect(mergedData(parts), operation.text).toEqual(whole.data);
      }),
      { ...settings, endOnFailure: true },
    );
  });
});
