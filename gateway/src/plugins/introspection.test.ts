import { describe, expect, it } from 'vitest';
import { PRODUCTION, smallGraph } from '../../test/small-graph/small-graph.ts';
import { startedGateways } from '../../test/small-graph/started-gateways.ts';
import { askAs } from '../authorization/test/guarded-graph.ts';
import { parseGatewayConfig } from '../index.ts';

const start = startedGateways();
const SECRET = 'a secret of the tests, 32 bytes long';

describe('the schema, where it is for some', () => {
  it('is for whoever has the scope, however it is asked for, also once it is known', async () => {
    const gateway = await start(smallGraph(), { config: { ...PRODUCTION, introspection: 'scoped' } });
    for (const query of [
      '{ __schema { queryType { name } } }',
      'query A { me ...F } fragment F on Query { ... on Query { s: __type(name: "Title") { name } } }',
    ]) {
      for (const _ of [1, 2]) {
        for (const scope of [undefined, 'plan:read']) {
          const { status, body } = await askAs(gateway, scope, query);
          expect([status, body.data, body.errors?.[0]?.extensions.code]).toEqual([
            403,
            undefined,
            'FORBIDDEN',
          ]);
        }
        expect((await askAs(gateway, 'schema:read', query)).body.errors).toBeUndefined();
      }
    }
    expect((await askAs(gateway, undefined, '{ __typename titles(first: 1) { __typename } }')).status).toBe(
      200,
    );
  });

  it.each(['allowed', 'refused'] as const)('is %s for all alike', async (introspection) => {
    const gateway = await start(smallGraph(), { config: { ...PRODUCTION, introspection } });
    const { body } = await askAs(gateway, 'schema:read', '{ __schema { queryType { name } } }');
    const code = introspection === 'allowed' ? undefined : 'GRAPHQL_VALIDATION_FAILED';
    expect(body.errors?.[0]?.extensions.code).toBe(code);
  });

  it('is said in the environment', () => {
    const environment = { MARQUEE_AUTH_SECRET: SECRET };
    expect(parseGatewayConfig(environment).introspection).toBeUndefined();
    const scoped = parseGatewayConfig({ ...environment, MARQUEE_INTROSPECTION: 'scoped' });
    expect(scoped.introspection).toBe('scoped');
  });
});
