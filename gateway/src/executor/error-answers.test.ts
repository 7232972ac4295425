/** Whatever fails, and however: the data are those of one schema, and a client is told of it as one schema would tell. */
import fc from 'fast-check';
import { type GraphQLSchema, getNullableType, isLeafType, isListType, isObjectType, parse } from 'graphql';
import { afterAll, describe, expect, it } from 'vitest';
import { fallible, federated, type Graph, graphOf } from './test/both-answers.ts';
import { furtherCorners } from './test/further-corners.world.ts';
import { library } from './test/library.world.ts';
import { randomOperation } from './test/random-operation.ts';
import { sharedCorners } from './test/shared-corners.world.ts';
import { shop } from './test/shop.world.ts';
import { brokenPromises, withoutNonNull } from './test/told-errors.ts';
import { transit } from './test/transit.world.ts';
import { answerAlone, type Fault, type Faults, place, type World } from './test/world.ts';

const IDS = ['p0', 'p1', 'u1', 'v2', 'm0', 'm1', 's0', 's1', 't0', 'w0', 'b0', 'nobody'];
const ALIASES = ['id', 'upc', 'price', 'name', 'title', 'a', 'b', 'constructor', '__proto__'];

/** Places with what may go wrong there, root fields among them. */
function possibleFaults(graph: Graph): fc.Arbitrary<[string, Fault]> {
  const { apiSchema } = graph.supergraph;
  const wrongable = new Set(
    graph.world.rows.flatMap((row) => {
      const type = apiSchema.getType(row.__typename);
      const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
      return fields
        .filter((field) => isListType(getNullableType(field.type)) || isLeafType(getNullableType(field.type)))
        .map(({ name }) => place(row, name));
    }),
  );
  const places = [...fallible(graph), ...Object.keys(graph.world.roots).map((name) => `.${name}`)];
  return fc
    .constantFrom(...places)
    .chain((at) =>
      fc.tuple(
        fc.constant(at),
        fc.constantFrom<Fault>('null', 'error', ...(wrongable.has(at) ? (['wrong'] as const) : [])),
      ),
    );
}

let told = 0;
// Dozens, of all worlds together.
afterAll(() => expect(told).toBeGreaterThan(0));

describe.each<[string, World]>([
  ['shop', shop],
  ['library', library],
  ['transit', transit],
  ['what must not be null', furtherCorners['what must not be null'] as World],
  ['lists in keys', sharedCorners['lists in keys'] as World],
])('%s', (_name, world) => {
  it('is told with what went wrong in it', { timeout: 30_000 }, async () => {
    const graph = graphOf(world);
    const { apiSchema } = graph.supergraph;
    const lenient = withoutNonNull(apiSchema);
    await fc.assert(
      fc.asyncProperty(
        fc.gen(),
        fc.array(possibleFaults(graph), { minLength: 6, maxLength: 40, size: 'max' }),
        async (gen, chosen) => {
          const faults: Faults = new Map(chosen);
          const operation = randomOperation(apiSchema, (below) => gen(fc.nat, { max: below - 1 }), {
            ids: IDS,
            aliases: ALIASES,
          });
          const document = parse(operation.text);
          const answer = (schema: GraphQLSchema) =>
            answerAlone(world, schema, document, operation.variables, faults);
          const ours = await federated(graph, operation, faults);
          const alone = await answer(apiSchema);
          expect(ours.data, operation.text).toEqual(alone.data);
          expect(brokenPromises(ours, alone, await answer(lenient)), operation.text).toEqual([]);
          told += ours.errors?.length ?? 0;
        },
      ),
      { numRuns: 15, interruptAfterTimeLimit: 3_000 },
    );
  });
});
