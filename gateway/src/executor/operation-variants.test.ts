import { Kind, type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { OperationVariants } from './operation-variants.ts';
import { isolateOperation } from './planning/operation.ts';
import { type LoadedSupergraph, loadSupergraph } from './supergraph/supergraph.ts';
import { supergraphOf } from './test/running-graph.ts';

const supergraph = loadSupergraph(
  supergraphOf({
    a: 'type Query { thing: Thing } type Thing @key(fields: "id") { id: ID! a: Int }',
    b: 'type Thing @key(fields: "id") { id: ID! b: Int }',
  }),
);

/** @returns the variants, and for each plan that was made how many fetches it has. */
function variantsOf(text: string) {
  const planned: number[] = [];
  const counting: LoadedSupergraph = {
    ...supergraph,
    plan: (...given) => {
      const plan = supergraph.plan(...given);
      planned.push(JSON.stringify(plan).split('"Fetch"').length - 1);
      return plan;
    },
  };
  const document = parse(text);
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const isolated = isolateOperation(document, operation as OperationDefinitionNode);
  return { variants: new OperationVariants(isolated, counting, undefined, []), planned, counting };
}

describe('the variants of an operation', () => {
  const ONE = 'query ($yes: Boolean!, $other: Boolean) { thing { a b @include(if: $yes) } }';

  it('have a plan for each way of deciding its conditions, and for nothing else', () => {
    const { variants, planned } = variantsOf(ONE);
    const made = variants.make({ yes: true }, false);
    expect(variants.known({ yes: true, other: true }, true)).toBe(made);
    expect(variants.known({ yes: false }, false)).toBeUndefined();
    variants.make({ yes: false }, false);
    expect(planned).toEqual([2, 1]);
  });

  it('are made ahead where there are few, and not twice', () => {
    const { variants, planned } = variantsOf(ONE);
    variants.make({ yes: true }, false);
    variants.prepare();
    variants.prepare();
    expect(planned).toEqual([2, 1]);
  });

  it('share one plan where too many variables decide, and have a shape each', () => {
    const names = ['c1', 'c2', 'c3', 'c4', 'c5'];
    const { variants, planned } = variantsOf(
      `query (${names.map((name) => `$${name}: Boolean!`).join()}) {
        thing { ${names.map((name) => `${name}: b @include(if: $${name})`).join(' ')} } }`,
    );
    const [first, second] = names.map((name) => variants.make({ [name]: true }, false));
    expect(planned).toHaveLength(1);
    expect(first?.plan).toBe(second?.plan);
    const data = { thing: { c1: 1, c2: 2 } };
    expect(first?.shape(data, {}).data).toEqual({ thing: { c1: 1 } });
    expect(second?.shape(data, {}).data).toEqual({ thing: { c2: 2 } });
  });

  it('in parts are others than those at once, where something is deferred', () => {
    const { variants, planned } = variantsOf('{ thing { a ... @defer { b } } }');
    variants.prepare();
    expect(planned).toHaveLength(2);
    expect(variants.known({}, false)?.deferred).toEqual([]);
    expect(variants.known({}, true)?.deferred).toHaveLength(1);
  });

  it('stay as they are when the operation is carried to another supergraph; what is missing is planned over that', () => {
    const { variants, planned, counting } = variantsOf(ONE);
    const before = variants.make({ yes: true }, false);
    const over: string[] = [];
    variants.carryTo({
      ...counting,
      plan: (...given) => {
        over.push('next');
        return counting.plan(...given);
      },
    });
    expect(variants.known({ yes: true }, false)).toBe(before);
    variants.make({ yes: false }, false);
    expect({ planned, over }).toEqual({ planned: [2, 1], over: ['next'] });
  });
});
