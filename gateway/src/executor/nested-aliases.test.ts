/** One response name for different fields of one entity, by the type of what is above it: each has its own value. */
import fc from 'fast-check';
import { parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { ambiguousNames } from './planning/ambiguous-names.ts';
import { bothAnswers, federated, federatedInParts, graphOf } from './test/both-answers.ts';
import { mergedData } from './test/merged-parts.ts';
import { nestedAliases } from './test/nested-aliases.world.ts';

const graph = graphOf(nestedAliases);
const { apiSchema } = graph.supergraph;

/** Names have one type each, as an answer's have to; some are those of keys and of fields. */
const NUMBERS = ['age', 'legs'] as const;
const TEXTS = ['code', 'title', 'told', 'told(by: 2)', 'told(by: 3)'] as const;
const leaves = fc
  .record(
    {
      a: fc.constantFrom(...NUMBERS),
      legs: fc.constantFrom(...NUMBERS),
      s: fc.constantFrom(...TEXTS),
      id: fc.constantFrom(...TEXTS),
      told: fc.constantFrom(...TEXTS),
      __typename: fc.constantFrom(...TEXTS),
    },
    { requiredKeys: [] },
  )
  .map((chosen) => Object.entries(chosen).map(([name, field]) => `${name}: ${field}`));
const ofOwner = fc.letrec<{ owner: string; pet: string }>((tie) => ({
  owner: fc
    .tuple(leaves, fc.option(fc.tuple(fc.constantFrom('best', 'other'), tie('pet')), { depthSize: 'small' }))
    .map(([own, below]) => {
      const nested = below === null ? [] : [`x: ${below[0]} ${below[1]}`];
      const all = [...own, ...nested];
      return `{ ${all.length === 0 ? 'age' : all.join(' ')} }`;
    }),
  pet: fc
    .tuple(
      fc.constantFrom('', '@defer'),
      fc.constantFrom('owner', 'former'),
      tie('owner'),
      fc.constantFrom('name', 'id'),
    )
    .map(
      ([defer, link, owner, text]) =>
        `{ __typename ... on Cat ${defer} { o: ${link} ${owner} t: ${text} } ... on Dog { o: owner ${owner} } }`,
    ),
})).owner;
const operations = fc
  .tuple(ofOwner, ofOwner, ofOwner, fc.constantFrom('owner', 'former'), fc.constantFrom('', '@defer'))
  .map(
    ([cat, dog, bird, link, defer]) =>
      `{ pets { ... on Cat { o: owner ${cat} } ... on Dog ${defer} { o: ${link} ${dog} } ...F } }
      fragment F on Bird { o: owner ${bird} }`,
  )
  .filter((text) => validate(apiSchema, parse(text)).length === 0);

it('is answered as by one schema, whole and in parts', { timeout: 60_000 }, async () => {
  let ambiguous = 0;
  await fc.assert(
    fc.asyncProperty(operations, async (text) => {
      if (ambiguousNames(parse(text), apiSchema).size > 0) ambiguous++;
      const operation = { text, variables: {} };
      const { federated: ours, alone } = await bothAnswers(graph, operation, new Map());
      expect(ours).toEqual(alone);
      const whole = await federated(graph, operation, new Map());
      expect(mergedData(await federatedInParts(graph, operation, new Map()))).toEqual(whole.data);
    }),
    { numRuns: 60, interruptAfterTimeLimit: 10_000, endOnFailure: true },
  );
  expect(ambiguous).toBeGreaterThan(0);
});
