import { beforeAll, describe, expect, it } from 'vitest';
import { ask, DEVELOPMENT, PRODUCTION, smallGraph } from '../../test/small-graph/small-graph.ts';
import { startedGateways } from '../../test/small-graph/started-gateways.ts';
import type { Gateway } from '../index.ts';

const started = startedGateways();

describe('limits', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await started(smallGraph(), { config: PRODUCTION });
  });

  const nested = (depth: number) =>
    `{ title(id: "t0") ${'{ similar '.repeat(depth)}{ id }${' }'.repeat(depth)} }`;
  const bombs: Record<string, string> = {
    depth: nested(20),
    aliases: `{ ${Array.from({ length: 40 }, (_, index) => `a${index}: me`).join(' ')} }`,
    fields: `{ ${'me '.repeat(700)} }`,
    directives: `{ me ${'@include(if: true) '.repeat(60)} }`,
    tokens: `{ ${'me '.repeat(5_000)} }`,
    'a fragment in a circle':
      '{ title(id: "t0") { ...A } } fragment A on Title { similar { ...B } } fragment B on Title { similar { ...A } }',
    'fragments that double': `{ title(id: "t0") { ...F0 } } ${Array.from({ length: 14 }, (_, index) => `fragment F${index} on Title { ...F${index + 1} ...F${index + 1} }`).join(' ')} fragment F14 on Title { id }`,
  };
  it.each(Object.keys(bombs))('refuses a document with too much: %s', async (name) => {
    const { status, body } = await ask(gateway, bombs[name]!);
    expect(status).toBe(400);
    expect(body.errors?.map((error) => error.extensions.code)).toEqual(['OPERATION_TOO_LARGE']);
  });

  it.each([
    'subscription S($no: Boolean!) { ticks @skip(if: $no) }',
    'subscription S($yes: Boolean!) { ...A } fragment A on Subscription { ... @include(if: $yes) { ticks } }',
  ])('tells what validation would throw over: %s', async (document) => {
    const { status, body } = await ask(gateway, document);
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([
      {
        message: 'The root of a subscription takes no @skip and no @include.',
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED', retryable: false },
      },
    ]);
  });

  it('refuses the same document again without reading it twice', async () => {
    expect((await ask(gateway, bombs.tokens!)).status).toBe(400);
  });

  it('refuses bodies above 256 KB', async () => {
    const { status, body } = await ask(gateway, `{ me } # ${'x'.repeat(300_000)}`);
    expect(status).toBe(413);
    expect(body.errors?.[0]?.extensions.code).toBe('BAD_REQUEST');
  });

  it('refuses requests above the number in flight, keeps answering health, and recovers', async () => {
    const graph = smallGraph();
    const narrow = await started(graph, { config: { ...DEVELOPMENT, maxInFlight: 1 } });
    const waiting = ask(narrow, '{ slow }');
    await graph.slowAsked;
    const refused = await ask(narrow, '{ me }');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toMatch(/^[123]$/);
    expect(refused.body.errors?.[0]?.extensions).toMatchObject({ code: 'OVERLOADED', retryable: true });
    expect((await fetch(`${narrow.url()}/health`)).status).toBe(200);
    graph.answerSlow();
    expect((await waiting).body.data).toEqual({ slow: 'at last' });
    await expect.poll(async () => (await ask(narrow, '{ me }')).status).toBe(200);
  });
});
