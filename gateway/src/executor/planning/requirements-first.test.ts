import type { PlanNode, QueryPlan } from '@apollo/query-planner';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { graphOf } from '../test/both-answers.ts';
import { transit } from '../test/transit.world.ts';
import { withRequirementsFirst } from './requirements-first.ts';

const fetch = (serviceName: string, requires: string, provides: string, path = ['a']): PlanNode => ({
  kind: 'Flatten',
  path,
  node: {
    kind: 'Fetch',
    serviceName,
    requires: requires.split(' ').map((name) => ({ kind: 'Field', name })),
    operation: `query($representations:[_Any!]!){_entities(representations:$representations){...on A{${provides}}}}`,
    operationName: undefined,
    operationKind: 'query' as never,
  },
});
const sequence = (...nodes: PlanNode[]): PlanNode => ({ kind: 'Sequence', nodes });
const plan = (...nodes: PlanNode[]): QueryPlan => ({ kind: 'QueryPlan', node: sequence(...nodes) });
const order = ({ node }: QueryPlan) =>
  [...JSON.stringify(node).matchAll(/"serviceName":"(\w+)"/g)].map(([, name]) => name);

describe('fetches come after what they require', () => {
  it('where an entity is reached over a chain of keys', () => {
    const { supergraph } = graphOf(transit);
    const services = order(supergraph.plan(parse('{ network { hub { weight } } }'), undefined));
    expect(services).toEqual(['shelters', 'codes', 'stops', 'vehicles', 'weights']);
  });

  it('also when what is required requires something itself', () => {
    const given = plan(fetch('x', 'id b', 'c'), fetch('y', 'id d', 'b'), fetch('z', 'id', 'd'));
    expect(order(withRequirementsFirst(given))).toEqual(['z', 'y', 'x']);
  });

  it('and stay where they are when nothing is out of order, is elsewhere, or cannot be put in order', () => {
    for (const given of [
      plan(fetch('x', 'id', 'b'), fetch('y', 'id b', 'c')),
      plan(fetch('x', 'id b', 'c'), fetch('y', 'id', 'b', ['a', 'other'])),
      plan(fetch('x', 'id b', 'c'), fetch('y', 'id c', 'b')),
      plan(fetch('w', 'id', 'b'), fetch('x', 'id b', 'c'), fetch('y', 'id', 'b')),
      // What came before a branch is there already, also if the branch asks for it again.
      plan(fetch('w', 'k', 'id'), {
        kind: 'Parallel',
        nodes: [sequence(fetch('x', 'id', 'b'), fetch('y', 'id', 'id c')), fetch('z', 'id', 'd')],
      }),
    ]) {
      expect(withRequirementsFirst(given)).toBe(given);
    }
  });
});
