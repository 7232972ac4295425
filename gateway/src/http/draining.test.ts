import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { waitUntil } from '@marquee/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { openSocket, parseAnswer, readToEnd } from '../../test/raw-client.ts';
import { DEVELOPMENT, gatewayOver, smallGraph } from '../../test/small-graph/small-graph.ts';
import type { Gateway } from '../index.ts';

const SERVE = fileURLToPath(new URL('../../test/small-graph/serve.ts', import.meta.url));
const CONNECTIONS = 50;

const children: ChildProcess[] = [];
const gateways: Gateway[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
});

async function startProcess(
  environment: Record<string, string>,
): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [SERVE], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MARQUEE_MODE: 'development', LOG_LEVEL: 'silent', ...environment },
  });
  children.push(child);
  const [chunk] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, url: chunk.toString().trim() };
}

interface Tally {
  readonly answers: Record<number, number>;
  /** Statuses of answers with an error status and no code of ours. */
  readonly withoutCode: string[];
  /** Connections that could not be opened any more. */
  notConnected: number;
  /** Requests that were sent and never answered. */
  readonly lost: string[];
}

/** Asks again and again on one connection until the server takes no new one. */
async function keepAsking(url: string, tally: Tally): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (;;) {
      const outcome = await askOnce(url, agent);
      if (typeof outcome === 'string') {
        if (outcome === 'ECONNREFUSED') tally.notConnected++;
        else tally.lost.push(outcome);
        return;
      }
      tally.answers[outcome.status] = (tally.answers[outcome.status] ?? 0) + 1;
      if (outcome.status >= 400 && !/"code":"[A-Z_]+"/.test(outcome.body)) {
        tally.withoutCode.push(`${outcome.status} ${outcome.body}`);
      }
    }
  } finally {
    agent.destroy();
  }
}

function askOnce(url: string, agent: Agent): Promise<{ status: number; body: string } | string> {
  return new Promise((resolve) => {
    const outgoing = request(
      `${url}/graphql`,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (incoming) => {
        let body = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => {
          body += chunk;
        });
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body }));
        incoming.on('error', (error) => resolve(`in the answer: ${error.message}`));
      },
    );
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    outgoing.end('{"query":"{ titles(first: 3) { id name } }"}');
  });
}

describe('SIGTERM under load', () => {
  it.each([
    ['without a grace', '0'],
    ['with a grace', '300'],
  ])('loses no answer and resets no connection %s', async (_name, graceMs) => {
    const { child, url } = await startProcess({ MARQUEE_DRAIN_GRACE_MS: graceMs });
    const tally: Tally = { answers: {}, withoutCode: [], notConnected: 0, lost: [] };
    const clients = Array.from({ length: CONNECTIONS }, () => keepAsking(url, tally));
    await waitUntil(() => (tally.answers[200] ?? 0) > 10 * CONNECTIONS, { deadlineMs: 15_000, what: 'load' });
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await Promise.all(clients);
    expect(tally).toMatchObject({ lost: [], withoutCode: [], notConnected: CONNECTIONS });
    expect((await exit)[0]).toBe(0);
  });
});

async function started(drain: { graceMs: number; boundMs: number }) {
  const graph = smallGraph();
  const gateway = gatewayOver(graph, { config: { ...DEVELOPMENT, drain } });
  gateways.push(gateway);
  await gateway.start();
  return { graph, gateway, url: gateway.url() };
}

const post = (query: string) => {
  const body = JSON.stringify({ query });
  return `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
};

describe('a stopping gateway', () => {
  it('says that it is not ready first, and goes on answering for the grace', async () => {
    const { gateway, url } = await started({ graceMs: 400, boundMs: 1_000 });
    const stopped = gateway.stop();
    const ready = await fetch(`${url}/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      ready: false,
      draining: true,
      components: { 'event-bus': { ready: true } },
      errors: [{ extensions: { code: 'SHUTTING_DOWN', retryable: true } }],
    });
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ me }"}',
    });
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'keep-alive']);
    await stopped;
  });

  it('answers a request on an open connection once more, and ends the connection with it', async () => {
    const { gateway, url } = await started({ graceMs: 0, boundMs: 2_000 });
    const socket = await openSocket(url);
    const stopped = gateway.stop();
    await waitUntil(
      () =>
        openSocket(url).then(
          () => false,
          () => true,
        ),
      { what: 'the end of listening' },
    );
    socket.write(post('{ me }'));
    const answer = parseAnswer(await readToEnd(socket));
    expect([answer.status, answer.headers.connection]).toEqual([200, 'close']);
    await stopped;
  });

  it('closes idle connections long before the bound', async () => {
    const { gateway, url } = await started({ graceMs: 0, boundMs: 60_000 });
    const idle = await Promise.all(Array.from({ length: 5 }, () => openSocket(url)));
    const began = performance.now();
    await Promise.all([gateway.stop(), ...idle.map(readToEnd)]);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('refuses what comes too late with 503, our code and Retry-After', async () => {
    const { graph, gateway, url } = await started({ graceMs: 0, boundMs: 1_000 });
    const socket = await openSocket(url);
    const [head, body] = post('{ slow }').split('\r\n\r\n') as [string, string];
    // The beginning of a request: the connection is not idle.
    socket.write(head);
    const began = performance.now();
    const stopped = gateway.stop();
    await waitUntil(() => performance.now() - began > 600);
    socket.write(`\r\n\r\n${body}`);
    const answer = parseAnswer(await readToEnd(socket));
    expect(answer).toMatchObject({ status: 503, headers: { connection: 'close' } });
    expect(answer.headers['retry-after']).toMatch(/^[123]$/);
    expect(JSON.parse(answer.body)).toMatchObject({
      errors: [{ message: expect.any(String), extensions: { code: 'SHUTTING_DOWN', retryable: true } }],
    });
    graph.answerSlow();
    await stopped;
  });
});
