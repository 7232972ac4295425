/** What a running gateway tells about its operations: slow ones, usage, plans, metrics; and what it never tells. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createLogger } from '@marquee/service-kit';
import { createMetrics } from '@marquee/service-kit/service';
import { waitUntil } from '@marquee/testkit';
import { parse } from 'graphql';
import { SignJWT } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withRecorded } from '../../../schema/operations-in-use.ts';
import { readUsage } from '../../../schema/usage.ts';
import {
  ask,
  DEVELOPMENT,
  gatewayOver,
  NOW,
  PRODUCTION,
  SECRET,
  smallGraph,
} from '../../test/small-graph/small-graph.ts';
import type { GatewayConfig, GatewayOptions } from '../index.ts';
import type { UsageCounter } from './usage-counter.ts';
import type { SightConfig } from './variables.ts';

const SIGHT: SightConfig = { slowMs: 0, usageEvery: 1, usageFolder: undefined };

async function serving(
  sight: Partial<SightConfig> = {},
  {
    config = DEVELOPMENT,
    prepare,
    ...options
  }: Partial<GatewayOptions> & {
    config?: GatewayConfig;
    /** Before anything is served. */
    prepare?: (graph: ReturnType<typeof smallGraph>) => void;
  } = {},
) {
  let text = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const graph = smallGraph();
  prepare?.(graph);
  const metrics = createMetrics('gateway');
  const gateway = gatewayOver(graph, {
    config: { ...config, sight: { ...SIGHT, ...sight } },
    logger: createLogger({ service: 'gateway', level: 'trace', destination }),
    metrics,
    ...options,
  });
  await gateway.start();
  onTestFinished(() => gateway.stop());
  const lines = (message: string): Record<string, unknown>[] =>
    text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => msg === message);
  return { gateway, graph, metrics, lines, log: () => text };
}

function token(scope: string): Promise<string> {
  return new SignJWT({ sub: 'p1', scope, exp: Math.floor(NOW / 1000) + 60 })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(SECRET));
}

const CLIENT = { 'apollographql-client-name': 'tv', 'apollographql-client-version': '7.1' };

describe('the log', () => {
  it('says where the time of a slow operation went, once a kind and window, and never with what it was asked', async () => {
    const { gateway, lines, log } = await serving({ slowMs: 1 });
    const document =
      'query Page($id: ID!) { titles { name similar { name inMyList } } title(id: $id) { name } }';
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    for (let i = 0; i < 5; i++) {
      await ask(
        gateway,
        document,
        { ...CLIENT, traceparent, 'x-profile-id': 'ada-lovelace' },
        { id: 'secret-title' },
      );
    }
    await gateway.stop();
    const written = lines('slow operation');
    expect(written[0]).toMatchObject({
      operation: 'Page',
      documentHash: expect.stringMatching(/^[0-9a-f]{12}$/),
      client: 'tv',
      clientVersion: '7.1',
      durationMs: expect.any(Number),
      plan: 'miss',
      planMs: expect.any(Number),
      cost: expect.any(Number),
      traceId: 'a'.repeat(32),
      times: 1,
      subgraphs: {
        content: { fetches: 1, entities: 0, failed: 0, milliseconds: expect.any(Number) },
        'user-profile': { fetches: 1, entities: 3, failed: 0 },
      },
    });
    // However many of the others were slow, they are one line.
    expect(written.length).toBeLessThanOrEqual(2);
    expect(lines('graphql')[0]).toMatchObject({ operation: 'Page', traceId: 'a'.repeat(32) });
    expect(log()).not.toContain('secret-title');
    expect(log()).not.toContain('ada-lovelace');
  });

  it('is no longer for a name that is', async () => {
    const { gateway, lines } = await serving({ slowMs: 1 });
    const named = `query Long${'g'.repeat(5_000)} { slow: me titles { similar { inMyList } } }`;
    expect((await ask(gateway, named)).body.errors).toBeUndefined();
    await gateway.stop();
    for (const written of [...lines('graphql'), ...lines('slow operation')]) {
      expect(JSON.stringify(written).length).toBeLessThan(1_000);
      expect(written.operation).toMatch(/^Longg{96}$/);
    }
    expect(lines('graphql')).toHaveLength(1);
  });

  it('has no secret of anybody, whatever happened to their requests', async () => {
    const { gateway, log } = await serving({ slowMs: 1 }, { config: PRODUCTION });
    const good = await token('cost:read');
    const secrets = {
      authorization: `Bearer ${good}`,
      cookie: 'session=cookie-1471108151',
      'x-api-key': 'mq_test_apikey-1471108151',
      'proxy-authorization': 'Basic proxy-1471108151',
    };
    const { 'x-api-key': _, ...withoutKey } = secrets;
    for (const headers of [
      withoutKey,
      secrets,
      { ...withoutKey, authorization: 'Bearer forged-1471108151.e30.x' },
      { ...withoutKey, authorization: 'Basic basic-1471108151' },
    ]) {
      for (const query of [
        '{ me }',
        '{ broken unavailable }',
        '{ nonsense-1471108151',
        'mutation { hide(titleId: "x-1471108151") }',
        '{ refused(first: 1471108151) }',
        '{ title(id: "literal-1471108151", nonsense: "ada-1471108151@example.com") { name } }',
        '{ title(id: ["literal-1471108151"]) { name } }',
        'query ($token: Int) { refused(first: $token) }',
        'query ($token: ID!, $mail: ID!) { title(id: $token) { name } other: title(id: $mail) { name } }',
      ]) {
        await ask(gateway, query, headers, {
          token: 'variable-1471108151',
          mail: 'ada-1471108151@example.com',
        });
        await ask(gateway, query, headers, {
          token: 1471108151,
          mail: { address: 'ada-1471108151@example.com' },
        });
      }
      await (
        await fetch(`${gateway.url()}/nowhere/1471108151?mail=ada-1471108151@example.com`, { headers })
      ).text();
      const search = new URLSearchParams({ query: '{ me }', variables: '{"token":"variable-1471108151"}' });
      await (await fetch(`${gateway.url()}/graphql?${search}`, { headers })).text();
      await (await fetch(`${gateway.url()}/usage/fields?token=url-1471108151`, { headers })).text();
    }
    await gateway.stop();
    expect(log()).toContain('"msg":"graphql"');
    // Longer than what ids and instants, which are drawn, could hold by chance.
    expect(log()).not.toContain('1471108151');
    expect(log()).not.toContain(good.split('.')[1]);
  });
});

describe('usage', () => {
  const document = `
    query Search { title(id: "secret-1471108151") { ...Card similar { inMyList } } __typename }
    fragment Card on Title { name }`;

  it('of operations is what schema checks read, by client and version, without what was asked for', async () => {
    const { gateway } = await serving();
    for (let i = 0; i < 3; i++) await ask(gateway, document, CLIENT);
    await ask(gateway, document, { ...CLIENT, 'apollographql-client-version': '8.0' });
    await ask(gateway, '{ me }');
    await ask(gateway, '{ scopes }');
    await ask(gateway, '{ doesNotExist }');
    const text = await (await fetch(`${gateway.url()}/usage/operations`)).text();
    const usage = readUsage(text, 'usage.json');
    expect(usage.map(({ operation, client, version, count }) => [operation, client, version, count])).toEqual(
      [
        ['Search', 'tv', '7.1', 3],
        ['Search', 'tv', '8.0', 1],
        [expect.stringMatching(/^anonymous-[0-9a-f]{12}$/), 'unnamed', 'unnamed', 1],
        [expect.stringMatching(/^anonymous-[0-9a-f]{12}$/), 'unnamed', 'unnamed', 1],
      ],
    );
    expect(withRecorded([], usage, 'usage.json')[0]).toMatchObject({
      name: 'Search',
      clients: ['tv@7.1', 'tv@8.0'],
    });
    expect(text).not.toContain('1471108151');
    expect(parse(usage[0]?.document ?? '').definitions).toHaveLength(2);
  });

  it('of fields names the clients of each', async () => {
    const { gateway } = await serving();
    await ask(gateway, document, CLIENT);
    await ask(gateway, 'query Names { titles { name } }');
    const report = await (await fetch(`${gateway.url()}/usage/fields`)).json();
    const { fields, uncounted } = report as ReturnType<UsageCounter['fields']>;
    const clients = (name: string) =>
      fields.find(({ field }: { field: string }) => field === name)?.clients.map(({ client }) => client);
    expect(fields.map(({ field }) => field)).toEqual([
      'Query.title',
      'Query.titles',
      'Title.inMyList',
      'Title.name',
      'Title.similar',
    ]);
    expect(clients('Title.name')).toEqual(['tv', 'unnamed']);
    expect(clients('Title.inMyList')).toEqual(['tv']);
    expect(uncounted).toBe(0);
  });

  it('is written to files that outlive the process', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'usage-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const { gateway } = await serving({ usageFolder: folder, usageEvery: 2 });
    for (let i = 0; i < 4; i++) await ask(gateway, 'query Me { me }', CLIENT);
    await gateway.stop();
    const usage = readUsage(await readFile(join(folder, 'operations.json'), 'utf8'), 'operations.json');
    // Every second one counts for two.
    expect(usage).toMatchObject([{ operation: 'Me', client: 'tv', count: 4 }]);
    expect(JSON.parse(await readFile(join(folder, 'fields.json'), 'utf8')).fields).toHaveLength(1);
  });

  it('is shown in production to those who have the scope', async () => {
    const { gateway } = await serving({}, { config: PRODUCTION });
    const statusFor = async (headers: Record<string, string>) =>
      (await fetch(`${gateway.url()}/usage/fields`, { headers })).status;
    expect(await statusFor({})).toBe(401);
    expect(await statusFor({ authorization: 'Bearer nonsense' })).toBe(401);
    expect(await statusFor({ authorization: `Bearer ${await token('cost:read')}` })).toBe(403);
    expect(await statusFor({ authorization: `Bearer ${await token('usage:read')}` })).toBe(200);
  });
});

describe('a trace of somebody else', () => {
  it.each([
    [`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, true],
    [`00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`, false],
    [`00-${'a'.repeat(32)}-${'0'.repeat(16)}-01`, false],
    [`00-${'A'.repeat(32)}-${'b'.repeat(16)}-01`, false],
  ])('%s is passed on: %s', async (traceparent, isPassedOn) => {
    const { gateway } = await serving();
    const { body } = await ask(gateway, '{ trace }', { traceparent });
    expect(body.data?.trace).toBe(isPassedOn ? traceparent : null);
  });
});

describe('the query plan', () => {
  const query = '{ titles { name inMyList } }';
  const asked = { 'marquee-query-plan': 'true' };
  const planOf = (body: unknown) => (body as { extensions?: { queryPlan?: string } }).extensions?.queryPlan;

  it('comes with the answer for whoever asks in development', async () => {
    const { gateway } = await serving();
    expect(planOf((await ask(gateway, query, asked)).body)).toMatch(
      /QueryPlan \{.*Fetch\(service: "content"\).*Flatten\(path: "titles\.@"\)/s,
    );
    expect(planOf((await ask(gateway, query)).body)).toBeUndefined();
  });

  it('needs a scope in production, and says nothing to others', async () => {
    const { gateway } = await serving({}, { config: PRODUCTION });
    const as = async (scope: string) =>
      planOf((await ask(gateway, query, { ...asked, authorization: `Bearer ${await token(scope)}` })).body);
    expect(planOf((await ask(gateway, query, asked)).body)).toBeUndefined();
    expect(await as('cost:read')).toBeUndefined();
    expect(await as('plan:read')).toContain('Fetch(service: "content")');
  });
});

describe('metrics', () => {
  it('time operations by client and outcome, count errors by subgraph and look-ups of plans', async () => {
    const { gateway, metrics } = await serving({ slowMs: 1 });
    await ask(gateway, 'query Names { titles { name } }', CLIENT);
    await ask(gateway, 'query Names { titles { name } }', CLIENT);
    await ask(gateway, 'query Broken { me unavailable }', CLIENT);
    await ask(gateway, '{ nothing }', CLIENT);
    await waitUntil(async () => (await metrics.exposition()).body.includes('outcome="failed"'));
    const { body } = await metrics.exposition();
    const value = (name: string, labels: string) => {
      const line = body.split('\n').find((each) => each.startsWith(`${name}{`) && each.includes(labels));
      return Number(line?.split(' ').at(-1));
    };
    const seconds = 'marquee_graphql_operation_seconds_count';
    expect(value(seconds, 'operation="Names",client="tv",outcome="ok"')).toBe(2);
    expect(value(seconds, 'operation="Broken",client="tv",outcome="errors"')).toBe(1);
    expect(value(seconds, 'operation="anonymous",client="tv",outcome="failed"')).toBe(1);
    expect(value('marquee_cache_lookups_total', 'cache="plan",outcome="miss"')).toBe(2);
    expect(value('marquee_cache_lookups_total', 'cache="plan",outcome="hit"')).toBe(1);
    expect(value('marquee_graphql_errors_total', 'code="DEPENDENCY_UNAVAILABLE",subgraph="content"')).toBe(1);
    expect(value('marquee_graphql_errors_total', 'code="GRAPHQL_VALIDATION_FAILED",subgraph="gateway"')).toBe(
      1,
    );
  });

  it('count what fails in later parts of an answer, too', async () => {
    const { gateway, metrics } = await serving(
      {},
      {
        prepare({ executors }) {
          const execute = executors.content!;
          executors.content = async (request) => {
            if (/similar/.test(request.query)) throw new Error('away');
            return execute(request);
          };
        },
      },
    );
    const answer = await fetch(`${gateway.url()}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'multipart/mixed;deferSpec=20220824' },
      body: JSON.stringify({ query: '{ titles(first: 1) { id ... @defer { similar { name } } } }' }),
    });
    expect(await answer.text()).toContain('INTERNAL_SERVER_ERROR');
    const { body } = await metrics.exposition();
    expect(body).toMatch(
      /^marquee_graphql_errors_total\{code="INTERNAL_SERVER_ERROR",subgraph="content".*\} 1$/m,
    );
  });

  it('have a bounded number of series, whatever names clients make up', async () => {
    const { gateway, metrics } = await serving();
    for (let i = 0; i < 340; i++) await ask(gateway, '{ me }', { 'apollographql-client-name': `made${i}` });
    const { body } = await metrics.exposition();
    const series = body.match(/^marquee_graphql_operation_seconds_count\{.*$/gm) ?? [];
    expect(series).toHaveLength(301);
    // The operation is still told apart, however many claim to be its clients.
    expect(series.find((line) => line.includes('operation="anonymous",client="other"'))).toMatch(/ 40$/);
  });
});
