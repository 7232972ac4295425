/** Each event of a subscription is answered as one schema would answer it at that moment. */
import fc from 'fast-check';
import { Kind, type OperationDefinitionNode, OperationTypeNode, parse } from 'graphql';
import { expect, it } from 'vitest';
import type { SubgraphDataSource } from '../data-source/data-source.ts';
import { type AnsweredEvents, answeredEvents } from './answered-events.ts';
import { isolateOperation } from './planning/operation.ts';
import { type OperationResult, prepareOperation } from './prepared-operation.ts';
import { comparable, fallible, type Graph, graphOf } from './test/both-answers.ts';
import { orders } from './test/orders.world.ts';
import { type RandomOperation, randomOperation } from './test/random-operation.ts';
import { answerAlone, type Fault, type Faults } from './test/world.ts';

const world = orders();
const graph = graphOf(world);
const { apiSchema, subgraphs } = graph.supergraph;
const EVENTS = ['i0', 'i1', 'i3'];

/** Over data sources that send an event whenever one is taken. */
function subscribed(
  { federation, supergraph }: Graph,
  { text, variables }: RandomOperation,
  faults: Faults,
): Promise<AnsweredEvents | OperationResult> {
  const document = parse(text);
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const isolated = isolateOperation(document, operation as OperationDefinitionNode);
  return answeredEvents({
    prepared: prepareOperation(isolated, supergraph),
    given: variables,
    context: undefined,
    headers: undefined,
    sources: new Map(
      subgraphs.map(({ name }): [string, SubgraphDataSource] => {
        const { fetch } = federation.source(name, faults);
        return [
          name,
          {
            fetch,
            subscribe: async (request) =>
              (async function* () {
                for (const id of EVENTS) {
                  world.happen(id);
                  yield await fetch(request);
                }
              })(),
          },
        ];
      }),
    ),
    receiver: {
      signal: new AbortController().signal,
      eventContext: () => undefined,
      deliver: () => undefined,
    },
    told: (answer) => answer,
  });
}

it('generated subscriptions are answered event by event, also where fields are null or fail', {
  timeout: 30_000,
}, async () => {
  const roots = ['changed', 'billed', 'counted', 'packed'].map((name) => `.${name}`);
  const faults = fc.dictionary(
    fc.constantFrom(...fallible(graph), ...roots),
    fc.constantFrom<Fault>('null', 'error'),
    { maxKeys: 3, noNullPrototype: true },
  );
  let events = 0;
  await fc.assert(
    fc.asyncProperty(fc.gen(), faults, async (gen, chosen) => {
      const operation = randomOperation(apiSchema, (below) => gen(fc.nat, { max: below - 1 }), {
        ids: ['i0', 'nobody'],
        aliases: ['id', 'step', 'a', '__proto__'],
        kind: OperationTypeNode.SUBSCRIPTION,
      });
      const given: Faults = new Map(Object.entries(chosen));
      const alone = () => answerAlone(world, apiSchema, parse(operation.text), operation.variables, given);
      const answers = await subscribed(graph, operation, given);
      if (!('next' in answers)) throw new Error(JSON.stringify(answers));
      for (const _ of EVENTS) {
        const { value } = await answers.next();
        events++;
        const ours = comparable(JSON.parse(JSON.stringify(value)));
        expect(ours, operation.text).toEqual(comparable(await alone()));
      }
      expect(await answers.next()).toEqual({ done: true, value: undefined });
    }),
    { numRuns: 60, interruptAfterTimeLimit: 4_000 },
  );
  expect(events).toBeGreaterThan(0);
});
