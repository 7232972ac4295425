/** Costs of requests to a running gateway: measured, enforced, charged, shown to who may see them. */
import { createMetrics } from '@marquee/service-kit/service';
import { SignJWT } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  ask,
  DEVELOPMENT,
  gatewayOver,
  NOW,
  PRODUCTION,
  SECRET,
  smallGraph,
} from '../../test/small-graph/small-graph.ts';
import type { Gateway, GatewayOptions } from '../index.ts';
import { COST_HEADER } from './demand-control.plugin.ts';
import { type DemandControlOptions, demandControlSchema } from './demand-control-options.ts';

async function serving(
  demandControl: Partial<DemandControlOptions>,
  options: Partial<GatewayOptions> = {},
): Promise<Gateway> {
  const gateway = gatewayOver(smallGraph(), {
    demandControl: demandControlSchema.parse(demandControl),
    ...options,
  });
  await gateway.start();
  onTestFinished(() => gateway.stop());
  return gateway;
}
const QUERY = 'query Titles { titles(first: 2) { id similar { name } } }';

describe('demand control', () => {
  it('refuses what may cost more than one operation may, before any subgraph is asked', async () => {
    const graph = smallGraph();
    const asked: string[] = [];
    const content = graph.executors.content!;
    const executors = {
      ...graph.executors,
      content: (request: Parameters<typeof content>[0]) => {
        asked.push(request.query);
        return content(request);
      },
    };
    const gateway = await serving({ mode: 'enforce', max: 50, listSize: 10 }, { ...graph, executors });
    const { status, body } = await ask(gateway, QUERY);
    expect(status).toBe(400);
    expect(body.data).toBeUndefined();
    expect(body.errors?.[0]?.extensions).toMatchObject({ code: 'COST_ESTIMATED_TOO_EXPENSIVE' });
    expect(body).toMatchObject({ extensions: { cost: { estimated: 110, max: 50 } } });
    expect(asked).toEqual([]);
    expect((await ask(gateway, '{ titles { id } }')).body.data).toBeDefined();
  });

  it('only measures by default, and counts what answers cost', async () => {
    const metrics = createMetrics('gateway');
    const gateway = await serving({ max: 50, listSize: 10 }, { metrics });
    const { body } = await ask(gateway, QUERY, { [COST_HEADER]: 'yes' });
    expect(body.data).toBeDefined();
    // 2 titles with 3 similar ones each.
    expect(body).toMatchObject({ extensions: { cost: { estimated: 110, max: 50, actual: 8 } } });
    expect((await ask(gateway, '{ me }')).body).toEqual({ data: { me: null } });
    const { body: exposition } = await metrics.exposition();
    expect(exposition).toMatch(
      /marquee_operation_cost_estimated_sum\{.*outcome="COST_ESTIMATED_TOO_EXPENSIVE".*\} 110/,
    );
    expect(exposition).toMatch(/marquee_operation_cost_actual_sum\{.*\} 8/);
  });

  it('keeps the numbers from clients in production, but for those with the scope', async () => {
    const gateway = await serving({ mode: 'enforce', max: 50 }, { config: PRODUCTION });
    const { body } = await ask(gateway, QUERY, { [COST_HEADER]: 'yes' });
    // The request's own id may hold any digits.
    expect(JSON.stringify(body).replace(/"requestId":"[^"]*"/, '')).not.toMatch(/110|50/);
    const token = await new SignJWT({ sub: 'p1', exp: NOW / 1000 + 60, scope: 'cost:read' })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(SECRET));
    expect((await ask(gateway, QUERY, { authorization: `Bearer ${token}` })).body).toMatchObject({
      errors: [{ message: 'The operation is estimated to cost 110; 50 is the most.' }],
      extensions: { cost: { estimated: 110, max: 50 } },
    });
  });

  it('is off where it is switched off', async () => {
    const gateway = await serving({ mode: 'off', max: 0 }, { config: DEVELOPMENT });
    expect((await ask(gateway, QUERY, { [COST_HEADER]: 'yes' })).body).not.toHaveProperty('extensions');
  });
});
