import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, type Socket } from 'node:net';
import { waitUntil } from '@marquee/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { openSocket, parseAnswer } from '../../test/raw-client.ts';
import {
  type Answer,
  ask,
  DEVELOPMENT,
  gatewayOver,
  smallGraph,
} from '../../test/small-graph/small-graph.ts';
import type { Gateway, GatewayConfig } from '../index.ts';

const gateways: Gateway[] = [];
afterEach(() => Promise.all(gateways.splice(0).map((gateway) => gateway.stop())));

async function narrow(queue: Partial<GatewayConfig['overload']['queue']> = {}, enabled = true) {
  const graph = smallGraph();
  const gateway = gatewayOver(graph, {
    config: {
      ...DEVELOPMENT,
      overload: {
        enabled,
        concurrency: { min: 1, max: 1 },
        queue: { ...DEVELOPMENT.overload.queue, ...queue },
        criticalFields: new Set(['me']),
      },
    },
  });
  gateways.push(gateway);
  await gateway.start();
  return { graph, gateway };
}

const code = ({ body }: Answer) => body.errors?.[0]?.extensions.code;

describe('an overloaded gateway', () => {
  it('lets requests wait for their turn and answers all of a burst', async () => {
    const { graph, gateway } = await narrow();
    const slow = ask(gateway, '{ slow }');
    await graph.slowAsked;
    const waiting = Array.from({ length: 20 }, () => ask(gateway, '{ titles(first: 1) { id } }'));
    graph.answerSlow();
    const answers = await Promise.all([slow, ...waiting]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });

  it('refuses who has waited too long with 503, OVERLOADED and Retry-After, and serves at once afterwards', async () => {
    const { graph, gateway } = await narrow({ maxWaitMs: 50 });
    const slow = ask(gateway, '{ slow }');
    await graph.slowAsked;
    const began = performance.now();
    const refused = await ask(gateway, '{ titles(first: 1) { id } }');
    expect(performance.now() - began).toBeLessThan(1_000);
    expect([refused.status, code(refused)]).toEqual([503, 'OVERLOADED']);
    expect(refused.headers.get('retry-after')).toMatch(/^[123]$/);
    expect(refused.headers.get('cache-control')).toBe('no-store');
    graph.answerSlow();
    expect((await slow).status).toBe(200);
    expect((await ask(gateway, '{ titles(first: 1) { id } }')).status).toBe(200);
  });

  it('gives up browsing for what is critical when the line is full', async () => {
    const { graph, gateway } = await narrow({ limit: 1, maxWaitMs: 5_000 });
    const slow = ask(gateway, '{ slow }');
    await graph.slowAsked;
    const browse = ask(gateway, '{ titles(first: 1) { id } }');
    let others = 0;
    // Until the browsing one stands in line, a second one would be the first.
    await waitUntil(async () => {
      others++;
      return code(await ask(gateway, `{ titles(first: ${others}) { name } }`)) === 'OVERLOADED';
    });
    const critical = ask(gateway, '{ me }');
    expect(code(await browse)).toBe('OVERLOADED');
    graph.answerSlow();
    expect([(await slow).status, (await critical).status]).toEqual([200, 200]);
  });

  it('refuses at the door, without reading the body, while enough of those that go first wait already', async () => {
    // Nobody is refused for having waited.
    const { graph, gateway } = await narrow({ maxWaitMs: 60_000, targetMs: 30_000, intervalMs: 20 });
    const slow = ask(gateway, '{ slow }');
    await graph.slowAsked;
    const waiting: Promise<Answer>[] = [];
    const bodiless: Socket[] = [];
    let told = '';
    await waitUntil(
      async () => {
        waiting.push(ask(gateway, '{ me }'));
        const socket = await openSocket(gateway.url());
        socket.on('data', (chunk: Buffer) => {
          told += chunk.toString();
        });
        socket.write(
          'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n',
        );
        bodiless.push(socket);
        return told !== '';
      },
      { what: 'an answer to a request without its body' },
    );
    const { status, headers, body } = parseAnswer(told);
    expect([status, JSON.parse(body.split('HTTP/1.1')[0]!).errors[0].extensions.code]).toEqual([
      503,
      'OVERLOADED',
    ]);
    expect(headers['retry-after']).toMatch(/^[123]$/);
    expect(headers['cache-control']).toBe('no-store');
    graph.answerSlow();
    expect((await slow).status).toBe(200);
    // Those that wait are answered, and newcomers are let in again.
    for (const { status: each, ...answer } of await Promise.all(waiting)) {
      expect([200, 503]).toContain(each);
      if (each === 503) expect(code({ status: each, ...answer })).toBe('OVERLOADED');
    }
    // Also while bodies that were let in have still not come.
    expect((await ask(gateway, '{ me }')).status).toBe(200);
    expect(bodiless.some((socket) => !socket.destroyed && socket.bytesRead === 0)).toBe(true);
    for (const socket of bodiless) socket.destroy();
  });

  it('lets in who stands before the listening socket, one in a turn of the loop, before work begins', async () => {
    const { graph, gateway } = await narrow();
    let accepted = 0;
    const count = (): void => void accepted++;
    subscribe('net.server.socket', count);
    try {
      const body = '{"query":"{ slow }"}';
      const text = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      const { hostname, port } = new URL(gateway.url());
      const sockets = Array.from({ length: 30 }, () => connect(Number(port), hostname));
      // Some connect and say nothing yet.
      for (const [i, socket] of sockets.entries()) {
        socket.on('error', () => undefined);
        if (i % 3 === 0) socket.write(text);
      }
      await graph.slowAsked;
      expect(accepted).toBe(sockets.length);
      for (const socket of sockets) socket.destroy();
    } finally {
      unsubscribe('net.server.socket', count);
      graph.answerSlow();
    }
  });

  it('takes the place back from a client that goes away, waiting or admitted', async () => {
    const { graph, gateway } = await narrow({ limit: 1, maxWaitMs: 5_000 });
    const body = '{"query":"{ slow }"}';
    const text = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const admitted = await openSocket(gateway.url());
    admitted.write(text);
    await graph.slowAsked;
    const waiting = await openSocket(gateway.url());
    waiting.write(text);
    waiting.destroy();
    admitted.destroy();
    const served = async () => (await ask(gateway, '{ titles(first: 1) { id } }')).status === 200;
    await waitUntil(served, { what: 'the permit of the client that went away' });
    graph.answerSlow();
  });

  it('does not let others wait for a mutation that waits for its effect', async () => {
    const { graph, gateway } = await narrow({ limit: 1, maxWaitMs: 5_000 });
    const late = ask(gateway, 'mutation { hide(titleId: "late") }');
    await graph.slowAsked;
    expect((await ask(gateway, '{ titles(first: 1) { id } }')).status).toBe(200);
    graph.answerSlow();
    expect((await late).status).toBe(200);
  });

  it('refuses a document that is too large without making it wait', async () => {
    const { graph, gateway } = await narrow({ maxWaitMs: 5_000 });
    const slow = ask(gateway, '{ slow }');
    await graph.slowAsked;
    expect(code(await ask(gateway, `{ ${'me '.repeat(5_000)} }`))).toBe('OPERATION_TOO_LARGE');
    graph.answerSlow();
    await slow;
  });

  it('can be turned off', async () => {
    const { graph, gateway } = await narrow({ maxWaitMs: 20 }, false);
    const slow = ask(gateway, '{ slow }');
    await graph.slowAsked;
    expect((await ask(gateway, '{ titles(first: 1) { id } }')).status).toBe(200);
    graph.answerSlow();
    await slow;
  });
});
