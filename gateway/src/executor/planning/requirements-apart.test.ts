import type { QueryPlan } from '@apollo/query-planner';
import { buildSchema, parse, print, stripIgnoredCharacters } from 'graphql';
import { describe, expect, it } from 'vitest';
import { chainedRequirements, type RequiredSelections } from '../supergraph/required-selections.ts';
import { bothAnswers, federatedInParts, graphOf } from '../test/both-answers.ts';
import { transit } from '../test/transit.world.ts';
import { withRequirementsSelected } from './selected-requirements.ts';

const fetches = ({ node }: QueryPlan) =>
  [...JSON.stringify(node).matchAll(/"serviceName":"(\w+)".*?"operation":"(.*?)","operationKind/g)].map(
    ([, subgraph, operation]) => `${subgraph} ${operation?.replace(/^.*_entities\([^)]*\)\{/, '')}`,
  );

describe('what is required and requires something itself', () => {
  const graph = graphOf(transit);
  const plan = (text: string) => fetches(graph.supergraph.plan(parse(text), undefined));

  it('is fetched before, one requirement after the other, also inside one subgraph', () => {
    expect(plan('{ network { hub { octupled } } }')).toEqual([
      'shelters {network{hub{__typename code}}}',
      'codes ...on Stop{ref}}}',
      'stops ...on Stop{id base}}}',
      'sums ...on Stop{doubled}}}',
      'stops ...on Stop{quadrupled}}}',
      'sums ...on Stop{octupled}}}',
    ]);
  });

  it('is not asked of a subgraph that would need it sent', () => {
    // `doubled` is external in `stops`, which comes first.
    expect(plan('{ stops { octupled } }')).toEqual([
      'stops {stops{__typename id base}}',
      'sums ...on Stop{doubled}}}',
      'stops ...on Stop{quadrupled}}}',
      'sums ...on Stop{octupled}}}',
    ]);
  });

  it.each([
    ['below a list of lists', '{ stops { near { octupled ahead } } }'],
    [
      'in a fragment with a condition',
      'query ($yes: Boolean!) { stops { ... @include(if: $yes) { octupled } } }',
    ],
    ['under another name', '{ stops { quadrupled: title octupled } network { hub { base: crowded } } }'],
    [
      'through an object that requires it in its turn',
      '{ network { hub { ahead next { ahead crowded } } } }',
    ],
  ])('comes out as in one schema %s', async (_, text) => {
    const { federated, alone } = await bothAnswers(graph, { text, variables: { yes: true } }, new Map());
    expect(federated).toEqual(alone);
    expect(JSON.stringify(federated)).toMatch(/\d/);
  });

  it('is there at once where a client would have it later', async () => {
    const text = '{ network { name ... @defer { hub { octupled } } } }';
    const { first, later } = await federatedInParts(graph, { text, variables: {} }, new Map());
    expect({ first, later }).toEqual({
      first: { data: { network: { name: 'Metro', hub: { octupled: 8 } } } },
      later: [],
    });
  });
});

it('what requires each other is not gone round for ever', () => {
  const schema = buildSchema('type Query { t: T } type T { x: Int y: Int next: T }');
  const requiring = (x: string, y: string) =>
    chainedRequirements(
      parse(`
        enum join__Graph { A @join__graph(name: "a") B @join__graph(name: "b") }
        type T @join__type(graph: A, key: "id") {
          x: Int @join__field(graph: A, requires: "${x}") y: Int @join__field(graph: B, requires: "${y}")
        }`),
    ) as RequiredSelections;
  const document = parse('{ t { x } }');
  const { document: selected } = withRequirementsSelected(document, schema, requiring('y', 'x'));
  expect(stripIgnoredCharacters(print(selected))).toBe('{t{x y}}');
  const endless = () => withRequirementsSelected(document, schema, requiring('next { y }', 'next { x }'));
  expect(endless).toThrow('has no end');
});
