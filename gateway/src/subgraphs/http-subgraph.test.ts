import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@marquee/domain';
import { deadlineAfter, silentLogger } from '@marquee/service-kit';
import { GATEWAY_HEADER, verifyGatewayRequest } from '@marquee/service-kit/subgraph';
import { waitUntil } from '@marquee/testkit';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Endpoints } from './endpoints.ts';
import { createHttpSubgraph } from './http-subgraph.ts';
import { RetryBudget } from './retry-budget.ts';

const SECRET = 'a secret that is long enough for anybody';

async function copy(
  listener: RequestListener,
): Promise<{ url: string; asked: () => number; server: Server }> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked++;
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked, server };
}

const answering =
  (data: object): RequestListener =>
  (_request, response) =>
    response.end(JSON.stringify({ data }));

function subgraph(urls: readonly string[], options: { silentAfterMs?: number } = {}) {
  const created = createHttpSubgraph({
    name: 'content',
    urls,
    gatewaySecret: SECRET,
    clock: systemClock,
    logger: silentLogger,
    maxAnswerBytes: 10_000,
    ...options,
  });
  onTestFinished(() => created.stop());
  const ask = (query = '{ genres { id } }', deadlineMs = 2_000) =>
    created.execute({
      query,
      context: {
        requestId: 'r',
        deadline: deadlineAfter(deadlineMs),
        viewer: { profileId: 'ada', scopes: [] },
      },
    });
  return { ...created, ask };
}

describe('a subgraph over HTTP', () => {
  it('is asked with a signature that names the viewer, and answers', async () => {
    let seen: unknown;
    const { url } = await copy((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const header = request.headers[GATEWAY_HEADER] as string;
        seen = verifyGatewayRequest(header, body, {
          subgraph: 'content',
          secrets: [SECRET],
          now: Date.now(),
        }).viewer;
        response.end('{"data":{"genres":[]}}');
      });
    });
    expect(await subgraph([url]).ask()).toEqual({ data: { genres: [] } });
    expect(seen).toEqual({ profileId: 'ada', scopes: [] });
  });

  it('is asked at another copy when one has gone, also in the middle of an answer', async () => {
    const gone = await copy(answering({}));
    gone.server.close();
    const dying = await copy((_request, response) => {
      response.write('{"data":');
      response.destroy();
    });
    const alive = await copy(answering({ ok: true }));
    const { ask } = subgraph([gone.url, dying.url, alive.url]);
    for (let i = 0; i < 6; i++) expect(await ask()).toEqual({ data: { ok: true } });
    // Those that failed are left alone while another one answers; on a slow machine their rest may be over by then.
    expect(dying.asked()).toBeLessThan(4);
  });

  it('answers reads while a copy keeps silent, asks it hardly ever, and goes back to it when it answers', async () => {
    let frozen = true;
    const silent = await copy((request, response) => {
      if (!frozen) answering({ ok: true })(request, response);
    });
    const alive = await copy(answering({ ok: true }));
    const { ask, readiness } = subgraph([silent.url, alive.url], { silentAfterMs: 250 });
    await Promise.all(Array.from({ length: 10 }, () => ask()));
    for (let i = 0; i < 20; i++) expect(await ask()).toEqual({ data: { ok: true } });
    // Five of the ten, that came before anybody knew; then one at a time, more and more seldom.
    expect(silent.asked()).toBeLessThan(10);
    expect(readiness()).toEqual({ ready: true, detail: '1 of 2 copies do not answer' });
    frozen = false;
    await waitUntil(async () => {
      await ask();
      return readiness().detail === undefined;
    });
  });

  it('waits for a mutation at a silent copy, and sends it to no other', async () => {
    const slow = await copy((_request, response) => {
      setTimeout(() => response.end('{"data":{"like":true}}'), 100);
    });
    const { ask } = subgraph([slow.url, slow.url.replace('127.0.0.1', 'localhost')], { silentAfterMs: 10 });
    expect(await ask('mutation { like }')).toEqual({ data: { like: true } });
    expect(slow.asked()).toBe(1);
  });

  it('never sends a mutation twice to copies that may have taken it', async () => {
    const dying = await copy((_request, response) => response.destroy());
    const other = await copy((_request, response) => response.destroy());
    await expect(subgraph([dying.url, other.url]).ask('mutation { like }')).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
    });
    expect(dying.asked() + other.asked()).toBe(1);
  });

  it('sends a mutation to another copy when the first refused it unseen', async () => {
    const busy = await copy((_request, response) => {
      response.writeHead(503).end('{"errors":[{"message":"busy"}]}');
    });
    const alive = await copy(answering({ like: true }));
    const { ask } = subgraph([busy.url, alive.url]);
    for (let i = 0; i < 4; i++) expect(await ask('mutation { like }')).toEqual({ data: { like: true } });
  });

  it.each<[string, RequestListener, string]>([
    ['garbage', (_, response) => response.end('<html>'), 'DEPENDENCY_UNAVAILABLE'],
    ['JSON that is no answer', (_, response) => response.end('[1]'), 'DEPENDENCY_UNAVAILABLE'],
    ['a wrong status', (_, response) => response.writeHead(500).end('{}'), 'DEPENDENCY_UNAVAILABLE'],
    [
      'too much',
      (_, response) => response.end(`{"data":{"x":"${'x'.repeat(20_000)}"}}`),
      'DEPENDENCY_UNAVAILABLE',
    ],
    ['nothing', () => undefined, 'DEADLINE_EXCEEDED'],
    ['a body without an end', (_, response) => response.write('{"data":'), 'DEADLINE_EXCEEDED'],
  ])('answers %s with a stable code, within the deadline', async (_, listener, code) => {
    const { url } = await copy(listener);
    const startedAt = performance.now();
    await expect(subgraph([url]).ask('{ genres { id } }', 300)).rejects.toMatchObject({ code });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('says which of its copies do not answer, and stays ready', async () => {
    const alive = await copy(answering({}));
    const gone = await copy(answering({}));
    gone.server.close();
    const { ask, readiness } = subgraph([alive.url, gone.url]);
    for (let i = 0; i < 4; i++) await ask();
    expect(readiness()).toEqual({ ready: true, detail: '1 of 2 copies do not answer' });
  });
});

describe('choosing a copy', () => {
  it('spreads requests evenly while all are well, and never asks one that just failed while another can be', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5 }),
        fc.array(fc.boolean(), { maxLength: 60 }),
        (copies, outcomes) => {
          let now = 0;
          const endpoints = new Endpoints(
            Array.from({ length: copies }, (_, i) => `c${i}`),
            () => now,
          );
          for (const well of outcomes) {
            const { healthy } = endpoints.health();
            const chosen = endpoints.choose()!;
            if (healthy > 0) expect(chosen.restsUntil).toBeLessThanOrEqual(now);
            if (well) endpoints.succeeded(chosen);
            else endpoints.failed(chosen);
            now += 10;
          }
          expect(endpoints.choose()).toBeDefined();
        },
      ),
    );
    const endpoints = new Endpoints(['a', 'b', 'c'], () => 0);
    const counts = new Map<string, number>();
    for (let i = 0; i < 300; i++) {
      const { url } = endpoints.choose()!;
      counts.set(url, (counts.get(url) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual([100, 100, 100]);
  });

  it('do not rest for silence when all are silent: load stays spread over them', () => {
    const endpoints = new Endpoints(['a', 'b'], () => 0);
    const first = endpoints.choose()!;
    first.inFlight++;
    const second = endpoints.choose()!;
    endpoints.silent(first);
    endpoints.silent(second);
    expect(endpoints.health()).toEqual({ healthy: 1, all: 2 });
    expect(endpoints.choose()).toBe(second);
  });

  it('rest a moment after requests failed together, and are then tried by one request at a time', () => {
    let now = 0;
    const endpoints = new Endpoints(['a', 'b'], () => now);
    const gone = endpoints.choose()!;
    for (let i = 0; i < 10; i++) endpoints.failed(gone);
    expect(gone.restsUntil).toBe(250);
    now = 300;
    const tried = Array.from({ length: 10 }, () => {
      const chosen = endpoints.choose()!;
      chosen.inFlight++;
      return chosen;
    });
    expect(tried.filter((chosen) => chosen === gone)).toHaveLength(1);
    gone.inFlight--;
    endpoints.succeeded(gone);
    expect(endpoints.choose()).toBe(gone);
  });
});

describe('the retry budget', () => {
  it('allows a share of the load and a few per second, never more, however long it was saved', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5_000 }),
        fc.integer({ min: 0, max: 100 }),
        (requests, seconds) => {
          let now = 0;
          const budget = new RetryBudget({ now: () => now, share: 0.2, perSecond: 5 });
          let spent = 0;
          for (let i = 0; i < requests; i++) {
            now += (seconds * 1000) / Math.max(1, requests);
            budget.earn();
            if (budget.spend()) spent++;
          }
          expect(spent).toBeLessThanOrEqual(5 + requests * 0.2 + seconds * 5 + 1);
        },
      ),
    );
  });
});
