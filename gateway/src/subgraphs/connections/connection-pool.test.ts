import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Outcome, post } from '../exchange.ts';
import { addressOf } from './address.ts';
import { ConnectionPool, type ConnectionPoolOptions } from './connection-pool.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** A server that is told of each request and answers by hand. */
async function serve(answer: (socket: Socket, request: string) => void) {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => answer(socket, bytes.toString('latin1')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

function pool(url: string, options: Partial<ConnectionPoolOptions> = {}) {
  const made = new ConnectionPool({
    address: addressOf(url),
    connections: 4,
    connectWithinMs: 1_000,
    keepAliveMs: 5_000,
    maxAnswerBytes: 1_000,
    ...options,
  });
  onTestFinished(() => made.stop());
  const ask = (body = '{}', headers: Record<string, string> = {}, withinMs = 3_000) =>
    post(made, { path: '/graphql', headers, body, withinMs });
  return { made, ask };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const answered = { kind: 'answered', status: 200, text: 'ok' };

describe('connections', () => {
  it('carry one request after the other, and texts in every script', async () => {
    const seen: string[] = [];
    const { url, sockets } = await serve((socket, request) => {
      seen.push(Buffer.from(request, 'latin1').toString('utf8'));
      socket.write(ANSWER);
    });
    const { ask } = pool(url, { connections: 1 });
    const bodies = ['{}', '{"a":"größer"}', '{"a":"猫"}'];
    for (const body of bodies) expect(await ask(body, { 'x-id': 'é' }).outcome).toMatchObject(answered);
    expect(sockets).toHaveLength(1);
    expect(seen.map((request) => request.split('\r\n\r\n')[1])).toEqual(bodies);
    for (const [index, request] of seen.entries()) {
      expect(request).toContain(`content-length: ${Buffer.byteLength(bodies[index] as string)}\r\n`);
    }
  });

  it('never send a line that somebody else has written into a header', async () => {
    let seen = '';
    const { url } = await serve((socket, request) => {
      seen = request;
      socket.write(ANSWER);
    });
    await pool(url).ask('{}', { 'x-a': 'b\r\nx-evil: 1', 'x-c': 'd' }).outcome;
    expect(seen).toContain('x-c: d\r\n');
    expect(seen).not.toContain('evil');
  });

  it('are as many as may be; whoever comes then has his turn, in order, or gives up', async () => {
    const waiting: Socket[] = [];
    const order: string[] = [];
    const { url, sockets } = await serve((socket, request) => {
      order.push(request.split('\r\n\r\n')[1] as string);
      waiting.push(socket);
    });
    const { ask } = pool(url, { connections: 2 });
    const asked = ['1', '2', '3', '4', '5'].map((body) => ask(body));
    asked[2]?.giveUp();
    const late = ask('6', {}, 5);
    expect(await late.outcome).toEqual({ kind: 'late' });
    let done = 0;
    for (const each of asked) void each.outcome.then(() => done++);
    await waitUntil(() => {
      for (const socket of waiting.splice(0)) socket.write(ANSWER);
      return done === 5;
    });
    expect(sockets).toHaveLength(2);
    expect([order.slice(0, 2).sort(), order.slice(2)]).toEqual([
      ['1', '2'],
      ['4', '5'],
    ]);
    expect(await asked[2]?.outcome).toEqual({ kind: 'given-up' });
  });

  it('are not used again when somebody gave up waiting on them, or when they said something unasked', async () => {
    let silent = true;
    const { url, sockets } = await serve((socket) => {
      if (!silent) socket.write(ANSWER);
    });
    const { ask } = pool(url, { connections: 1 });
    const asked = ask();
    await waitUntil(() => sockets.length === 1);
    asked.giveUp();
    silent = false;
    expect(await ask().outcome).toMatchObject(answered);
    expect(sockets).toHaveLength(2);
    // For whoever asks next it would be his answer.
    sockets[1]?.write(ANSWER.replace('ok', 'no'));
    await waitUntil(() => sockets[1]?.destroyed || sockets[1]?.closed);
    expect(await ask().outcome).toMatchObject(answered);
    expect(sockets).toHaveLength(3);
  });

  it('do not take for an answer what came behind the last one in the same moment', async () => {
    const { url } = await serve((socket) => {
      socket.write(ANSWER);
      setImmediate(() => socket.write(ANSWER.replace('ok', 'no')));
    });
    const { ask } = pool(url, { connections: 1 });
    for (let i = 0; i < 20; i++) {
      const outcome = await ask().outcome;
      if (outcome.kind === 'answered') expect(outcome.text).toBe('ok');
      await turn();
    }
  });

  it('are not used again when the answer came before the request was sent', async () => {
    const seen: string[] = [];
    const { url, sockets } = await serve((socket, request) => {
      seen.push(request.slice(0, request.indexOf('\r\n')));
      // Nothing more is read of it: what comes behind would be taken for the rest of its body.
      socket.pause();
      socket.write(ANSWER);
    });
    const { ask } = pool(url, { connections: 1 });
    expect(await ask('x'.repeat(32_000_000)).outcome).toMatchObject(answered);
    expect(await ask().outcome).toMatchObject(answered);
    expect(sockets).toHaveLength(2);
    expect(seen.every((line) => line.startsWith('POST '))).toBe(true);
  });

  it.each([
    ['a second answer', `${ANSWER}${ANSWER.replace('ok', 'no')}`],
    ['garbage', `${ANSWER}\0\0\0`],
    ['a body where none can be', 'HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\nno'],
    ['a second end', ANSWER.replace('\r\n\r\n', '\r\ntransfer-encoding: chunked\r\n\r\n')],
    ['words before it', `no${ANSWER}`],
  ])('that carry %s serve nobody with it, and nobody after it', async (_, bytes) => {
    let garbled = true;
    const { url, sockets } = await serve((socket) => {
      socket.write(garbled ? bytes : ANSWER);
      garbled = false;
    });
    const { ask } = pool(url, { connections: 1 });
    expect(await ask().outcome).toMatchObject({ kind: 'failed', sent: true });
    expect(await ask().outcome).toMatchObject(answered);
    expect(sockets).toHaveLength(2);
  });

  it('carry the answer behind the news that come before it', async () => {
    const { url, sockets } = await serve((socket) =>
      socket.write(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${ANSWER}`),
    );
    const { ask } = pool(url, { connections: 1 });
    for (let i = 0; i < 3; i++) expect(await ask().outcome).toMatchObject(answered);
    expect(sockets).toHaveLength(1);
  });

  it('tell whether a request that failed can have been worked on', async () => {
    const { url, sockets } = await serve((socket) => socket.destroy());
    const refused = (kind: Outcome) => (kind.kind === 'failed' ? kind.sent : kind.kind);
    expect(refused(await pool(url).ask().outcome)).toBe(true);
    expect(refused(await pool('http://127.0.0.1:1').ask().outcome)).toBe(false);
    expect(refused(await pool('http://[::1]:1').ask().outcome)).toBe(false);
    expect(sockets).toHaveLength(1);
  });

  it('that cannot be opened fail whoever waits, one by one and soon', async () => {
    const { ask } = pool('http://127.0.0.1:1', { connections: 2 });
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => ask().outcome));
    expect(outcomes.every((outcome) => outcome.kind === 'failed' && !outcome.sent)).toBe(true);
  });

  it('are closed when they are too old, or idle for longer than either side wants', async () => {
    const { url, sockets } = await serve((socket) => socket.write(ANSWER));
    const old = pool(url, { maxAgeMs: 0 });
    await old.ask().outcome;
    await old.ask().outcome;
    expect(sockets).toHaveLength(2);
    const idle = pool(url, { keepAliveMs: 20 });
    await idle.ask().outcome;
    await waitUntil(() => sockets[2]?.closed);
    const told = await serve((socket) =>
      socket.write(ANSWER.replace('\r\n\r\n', '\r\nkeep-alive: timeout=1\r\n\r\n')),
    );
    const short = pool(told.url);
    await short.ask().outcome;
    await short.ask().outcome;
    expect(told.sockets).toHaveLength(2);
  });

  it('end after what is under way, and nothing is sent on them from then on', async () => {
    let last: Socket | undefined;
    const { url } = await serve((socket) => {
      last = socket;
    });
    const { made, ask } = pool(url, { connections: 1 });
    const [first, second] = [ask('1'), ask('2')];
    await waitUntil(() => last !== undefined);
    const stopped = made.stop();
    expect(await ask('3').outcome).toMatchObject({ kind: 'failed', sent: false });
    last?.write(ANSWER);
    expect(await first.outcome).toMatchObject(answered);
    last = undefined;
    await waitUntil(() => last !== undefined);
    (last as Socket | undefined)?.write(ANSWER);
    expect(await second.outcome).toMatchObject(answered);
    await stopped;
  });
});
