/** Partners' limits over several running gateways that share a Redis, and over the same ones without it. */
import { randomBytes } from 'node:crypto';
import { manualClock } from '@marquee/domain';
import { type LocalServer, startLocalRedis } from '@marquee/local-servers';
import { silentLogger } from '@marquee/service-kit';
import { createMetrics } from '@marquee/service-kit/service';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEVELOPMENT, gatewayOver, NOW, smallGraph } from '../../test/small-graph/small-graph.ts';
import type { Gateway } from '../index.ts';
import { runOperations } from '../trusted-documents/operations-commands.ts';
import { type PartnersInvocation, runPartners } from './partners-commands.ts';
import { RedisQuotaCounter } from './quotas/redis/redis-counter.ts';

const GATEWAYS = 3;
const graph = smallGraph();

describeOnServer('redis-server', 'a partner of several gateways', () => {
  const folder = temporaryFolder();
  let redis: LocalServer;
  let gateways: readonly Gateway[];
  const metrics = Array.from({ length: GATEWAYS }, () => createMetrics('gateway'));
  const keys: Record<string, string> = {};

  beforeAll(async () => {
    redis = await startLocalRedis({ folder: folder.path, durable: false });
    const [partners, registry] = [folder.file('partners'), folder.file('operations')];
    const clock = manualClock(NOW);
    const run = (command: string, args: readonly string[], flags: PartnersInvocation['flags'] = {}) =>
      runPartners({ command, args, flags, folder: partners, random: randomBytes, clock });
    for (const name of ['acme', 'globex', 'initech']) {
      // So long that no window ends while the test runs, but for once a day.
      await run('add', [name], { rate: '30/1d', cost: '600/1d' });
      keys[name] = (await run('issue', [name], { environment: 'development' }))[0]!;
    }
    await runOperations({
      command: 'publish',
      args: ['m.json'],
      flags: { client: '*', version: '1' },
      registry,
      readFile: async () =>
        JSON.stringify({
          one: 'query One { title(id: "t1") { id } }',
          all: 'query All { titles(first: 10) { id } }',
        }),
      readSupergraph: async () => graph.supergraphSdl,
      readContracts: async () => [],
      contractOf: async () => undefined,
      clock,
    });
    gateways = metrics.map((own) =>
      gatewayOver(graph, {
        clock,
        metrics: own,
        config: {
          ...DEVELOPMENT,
          documents: { ...DEVELOPMENT.documents, registry },
          partners: { folder: partners, environment: 'development' },
        },
        quotas: {
          counter: new RedisQuotaCounter({
            url: redis.url,
            keyPrefix: 'test:',
            commandTimeoutMs: 500,
            logger: silentLogger,
          }),
          // Generous, because machines of tests are busy; a gateway's default is 5.
          withinMs: 500,
          assumedGateways: 10,
          attendEveryMs: 100,
        },
      }),
    );
    for (const gateway of gateways) await gateway.start();
  });
  afterAll(async () => {
    for (const gateway of gateways) await gateway.stop();
    await redis.stop();
    folder.remove();
  });

  async function ask(partner: string, at: number, id = 'one') {
    const answer = await fetch(`${gateways[at % GATEWAYS]!.url()}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': keys[partner]! },
      body: JSON.stringify({ id }),
    });
    await answer.arrayBuffer();
    const states = answer.headers.get('ratelimit') ?? '';
    return {
      status: answer.status,
      left: /"requests";r=(\d+)/.exec(states)?.[1],
      budget: /"cost";r=(\d+)/.exec(states)?.[1],
    };
  }

  it('reads on every answer what is left for all of them together', async () => {
    const left = [];
    for (let i = 0; i < 9; i++) left.push((await ask('acme', i)).left);
    expect(left).toEqual(['29', '28', '27', '26', '25', '24', '23', '22', '21']);
  });

  it('is admitted as often as its limit says, wherever it asks', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => ask('globex', i)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(30);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(30);
    expect((await ask('globex', 0)).left).toBe('0');
  });

  it('has one cost budget', async () => {
    const left = [];
    for (let i = 0; i < 5; i++) left.push((await ask('initech', i, 'all')).budget);
    // Ten titles cost ten.
    expect(left).toEqual(['590', '580', '570', '560', '550']);
  });

  it('has a part of what was left at each gateway while Redis is away, and pays for it afterwards', async () => {
    const port = Number(new URL(redis.url).port);
    await waitUntil(
      async () => {
        const told = await Promise.all(metrics.map((each) => each.exposition()));
        return told.every(({ body }) => /^marquee_quota_gateways\{.*\} 3$/m.test(body));
      },
      { what: 'that all gateways know of each other' },
    );
    await redis.stop();
    // Some 9 of 30 were used; each gateway has a third of the other 21 or less.
    const answers = await Promise.all(Array.from({ length: 90 }, (_, i) => ask('acme', i)));
    const admitted = answers.filter(({ status }) => status === 200).length;
    expect(admitted).toBeGreaterThanOrEqual(GATEWAYS);
    expect(admitted).toBeLessThanOrEqual(21 + GATEWAYS);
    const slowest = performance.now();
    await ask('acme', 0);
    expect(performance.now() - slowest).toBeLessThan(1_000);
    const state = await (await fetch(`${gateways[0]!.url()}/ready`)).json();
    expect(JSON.stringify(state)).toMatch(/not shared: each of 3 gateways hands out its part/);

    redis = await startLocalRedis({ folder: folder.path, durable: false, port });
    await waitUntil(async () => {
      const texts = await Promise.all(
        gateways.map(async (gateway) => (await fetch(`${gateway.url()}/ready`)).text()),
      );
      return texts.every((text) => !text.includes('not shared'));
    });
    // The server came back without its memory, and is told what each has handed out.
    for (let at = 0; at < GATEWAYS; at++) await ask('acme', at);
    const { left } = await ask('acme', 0);
    expect(Number(left)).toBeLessThanOrEqual(30 - admitted);
  });
});
