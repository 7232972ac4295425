/** The edge over HTTP/2, with Node's own client: answers, streams, slow clients, and an end that loses nothing. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createMetrics } from '@marquee/service-kit/service';
import { describeOnServer, waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeAuthority } from '../../test/certificates.ts';
import { FRAME, RawHttp2Client } from '../../test/raw-http2-client.ts';
import { gatewayOver, type SmallGraph, smallGraph } from '../../test/small-graph/small-graph.ts';
import { parseGatewayConfig } from '../config.ts';
import { metricsRoute } from '../routes/metrics.route.ts';

const ASK = { ':method': 'POST', ':path': '/graphql', 'content-type': 'application/json' };

const NO_WINDOW = 0;
const SHORT = '{ titles(first: 1) { name } }';
/** Some kilobytes of answer. */
const LONG = '{ titles(first: 3) { similar { similar { similar { similar { name } } } } } }';

async function serve(
  environment: Record<string, string> = { MARQUEE_HTTP2_CLEARTEXT: 'true' },
  graph: SmallGraph = smallGraph(),
) {
  const metrics = createMetrics('gateway');
  const readiness = () => ({ ready: true, components: {} });
  const gateway = gatewayOver(graph, {
    config: parseGatewayConfig({
      PORT: '0',
      MARQUEE_MODE: 'development',
      MARQUEE_HTTP2_PORT: '0',
      ...environment,
    }),
    metrics,
    routes: [metricsRoute(metrics, readiness)],
  });
  await gateway.start();
  onTestFinished(() => gateway.stop());
  return { gateway, graph, metrics };
}

async function client(url: string, options: object = {}): Promise<ClientHttp2Session> {
  const session = connect(url, options);
  session.on('error', () => undefined);
  onTestFinished(() => session.destroy());
  await once(session, 'connect');
  return session;
}

async function frames(url: string, windowSize: number): Promise<RawHttp2Client> {
  const raw = await RawHttp2Client.connect(url, windowSize);
  onTestFinished(() => raw.destroy());
  return raw;
}

function ask(raw: RawHttp2Client, headers: Readonly<Record<string, string>> = {}): number {
  return raw.post('/graphql', JSON.stringify({ query: LONG }), {
    'content-type': 'application/json',
    ...headers,
  });
}

async function untakenBytes(metrics: ReturnType<typeof createMetrics>): Promise<number> {
  const { body } = await metrics.exposition();
  return Number(/marquee_http_untaken_bytes\S* (\d+)/.exec(body)?.[1]);
}

function send(session: ClientHttp2Session, query: string, headers: object = {}): ClientHttp2Stream {
  const stream = session.request({ ...ASK, ...headers });
  stream.on('error', () => undefined);
  stream.end(JSON.stringify({ query }));
  return stream;
}

async function answerOf(stream: ClientHttp2Stream) {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [headers] = await once(stream, 'response');
  await once(stream, 'close');
  return { status: headers[':status'] as number, headers, text: Buffer.concat(chunks).toString() };
}

describe('over HTTP/2', () => {
  it('many requests of one connection are answered at once, as over HTTP/1.1, and measured as they are', async () => {
    const { gateway, metrics } = await serve();
    const session = await client(gateway.http2Url()!);
    const query = '{ titles(first: 2) { name inMyList } }';
    const answers = await Promise.all(Array.from({ length: 20 }, () => answerOf(send(session, query))));
    const reference = await fetch(`${gateway.url()}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    const text = await reference.text();
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, text });
    expect(answers[0]!.headers['content-type']).toBe(reference.headers.get('content-type'));
    expect((await metrics.exposition()).body).toMatch(
      /marquee_http_request_seconds_count\{service="gateway",route="\/graphql",status="200"\} 21/,
    );
    expect((await answerOf(session.request({ ':path': '/nowhere' }))).status).toBe(404);
    const accept = 'application/graphql-response+json';
    expect((await answerOf(send(session, '{', { accept }))).status).toBe(400);
  });

  it('events come on streams of one connection, more of them than a browser has connections', async () => {
    const { gateway, graph } = await serve();
    const session = await client(gateway.http2Url()!);
    const streams = Array.from({ length: 8 }, (_, index) =>
      send(session, 'subscription { titleAdded { name } }', {
        accept: 'text/event-stream',
        'x-profile-id': `viewer-${index}`,
      }),
    );
    const texts = streams.map(() => '');
    for (const [index, stream] of streams.entries()) {
      stream.on('data', (chunk: Buffer) => {
        texts[index] += chunk.toString();
      });
    }
    await waitUntil(() => graph.subscribers() === 8);
    graph.addTitle('t1');
    await waitUntil(() => texts.every((text) => text.includes('Title t1')));
    streams[0]!.close(constants.NGHTTP2_CANCEL);
    await waitUntil(() => graph.subscribers() === 7);
    session.destroy();
    await waitUntil(() => graph.subscribers() === 0);
  });

  it('a client that reads nothing is given up, and so is one that does not finish its request', async () => {
    const { gateway, graph } = await serve({
      MARQUEE_HTTP2_CLEARTEXT: 'true',
      MARQUEE_STREAM_STALLED_MS: '100',
      MARQUEE_REQUEST_TIMEOUT_MS: '100',
      MARQUEE_HEADERS_TIMEOUT_MS: '100',
    });
    const session = await client(gateway.http2Url()!, { settings: { initialWindowSize: 10 } });
    const stream = send(session, 'subscription { titleAdded { name } }', { accept: 'text/event-stream' });
    stream.pause();
    await waitUntil(() => graph.subscribers() === 1);
    // Beyond what may wait in buffers: they hold some 16 KB for a stream.
    for (let each = 0; each < 2_000; each++) graph.addTitle(`t${each}`);
    await waitUntil(() => graph.subscribers() === 0, { deadlineMs: 10_000 });
    const unfinished = session.request(ASK);
    unfinished.on('error', () => undefined);
    unfinished.write('{"query"');
    expect((await answerOf(unfinished)).status).toBe(408);
    const other = await client(gateway.http2Url()!);
    expect((await answerOf(send(other, '{ titles(first: 1) { name } }'))).status).toBe(200);
  });

  it('answers that nobody takes keep nobody out', async () => {
    const { gateway, metrics } = await serve({
      MARQUEE_HTTP2_CLEARTEXT: 'true',
      MARQUEE_MAX_IN_FLIGHT: '10',
    });
    const greedy = await frames(gateway.http2Url()!, NO_WINDOW);
    const other = await client(gateway.http2Url()!);
    for (const accept of ['application/json', 'multipart/mixed;deferSpec=20220824']) {
      for (let each = 0; each < 20; each++) ask(greedy, { accept });
      // All of them come to be answered, and nobody else notices.
      await waitUntil(async () => (await answerOf(send(other, SHORT))).status === 200);
    }
    await waitUntil(async () => (await untakenBytes(metrics)) > 0);
    expect(greedy.frames.filter(({ type }) => type === FRAME.DATA)).toEqual([]);
    expect((await answerOf(send(other, SHORT))).status).toBe(200);
  });

  it('whoever takes a byte now and then has no more time than others', async () => {
    const { gateway, metrics } = await serve({
      MARQUEE_HTTP2_CLEARTEXT: 'true',
      MARQUEE_RESPONSE_TIMEOUT_MS: '200',
      MARQUEE_TIMEOUT_CHECK_MS: '20',
    });
    const slow = await frames(gateway.http2Url()!, NO_WINDOW);
    const stream = ask(slow);
    await waitUntil(() => slow.received(stream, FRAME.HEADERS).length > 0);
    await waitUntil(() => {
      slow.take(stream, 1);
      return slow.received(stream, FRAME.RST_STREAM).length > 0;
    });
    expect(slow.received(stream, FRAME.RST_STREAM)[0]!.payload.readUInt32BE()).toBe(constants.NGHTTP2_CANCEL);
    expect(slow.received(stream, FRAME.DATA).length).toBeGreaterThan(0);
    expect((await metrics.exposition()).body).toMatch(/answers_cut_off_total\{[^}]*reason="slow"[^}]*\} 1/);
    expect(await untakenBytes(metrics)).toBe(0);
  });

  it('all answers together that nobody takes are bounded: the oldest are cut off', async () => {
    const { gateway, metrics } = await serve({
      MARQUEE_HTTP2_CLEARTEXT: 'true',
      MARQUEE_MAX_UNTAKEN_BYTES: '65536',
    });
    const greedy = await frames(gateway.http2Url()!, NO_WINDOW);
    const isCutOff = (stream: number) => greedy.received(stream, FRAME.RST_STREAM).length > 0;
    const first = ask(greedy);
    let last = first;
    await waitUntil(async () => {
      last = ask(greedy);
      await waitUntil(() => greedy.received(last, FRAME.HEADERS).length > 0);
      return isCutOff(first);
    });
    expect(isCutOff(last)).toBe(false);
    expect(await untakenBytes(metrics)).toBeLessThanOrEqual(65_536);
    expect((await metrics.exposition()).body).toMatch(
      /answers_cut_off_total\{[^}]*reason="memory"[^}]*\} [1-9]/,
    );
  });

  it('requests that are taken back as fast as they come leave their places to others', async () => {
    const { gateway } = await serve({ MARQUEE_HTTP2_CLEARTEXT: 'true', MARQUEE_MAX_IN_FLIGHT: '10' });
    const session = await client(gateway.http2Url()!);
    const cancelled = Array.from({ length: 60 }, () => send(session, '{ slow }'));
    for (const stream of cancelled) stream.close(constants.NGHTTP2_CANCEL);
    const other = await client(gateway.http2Url()!);
    // Before they would have to be given up for having taken too long.
    await waitUntil(
      async () => (await answerOf(send(other, '{ titles(first: 1) { name } }'))).status === 200,
      { deadlineMs: 4_000 },
    );
  });

  it('headers that are too long are refused, also from a client that has not heard of a bound', async () => {
    const { gateway } = await serve();
    const session = await client(gateway.http2Url()!);
    const large = await answerOf(send(session, '{ me }', { 'x-large': 'x'.repeat(40_000) }));
    expect([large.status, JSON.parse(large.text).errors[0].extensions.code]).toEqual([431, 'BAD_REQUEST']);
    expect((await answerOf(send(session, '{ me }', { 'x-large': 'x'.repeat(10_000) }))).status).toBe(200);
  });

  it('a body is not read any further once it was refused', async () => {
    const { gateway } = await serve();
    const session = await client(gateway.http2Url()!);
    const stream = session.request(ASK);
    stream.on('error', () => undefined);
    let status: number | undefined;
    stream.on('response', (headers) => {
      status = headers[':status'];
    });
    let pieces = 0;
    // Unread it would be as much as arrives until the request had to be whole: seconds of it.
    const most = 1_024;
    const body = function* () {
      while (pieces++ < most) yield Buffer.alloc(65_536, 0x20);
    };
    await pipeline(Readable.from(body()), stream).catch(() => undefined);
    expect(status).toBe(413);
    expect(pieces).toBeLessThan(most);
  });

  it('a client that keeps silent keeps no place, and delays no end', async () => {
    const { gateway } = await serve({
      MARQUEE_HTTP2_CLEARTEXT: 'true',
      MARQUEE_KEEP_ALIVE_MS: '100',
      MARQUEE_MAX_CONNECTIONS: '1',
      MARQUEE_DRAIN_MS: '60000',
    });
    const { port } = new URL(gateway.http2Url()!);
    const silent = async () => {
      // Does not close its side either.
      const socket = connectSocket({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => undefined).resume();
      onTestFinished(() => void socket.destroy());
      await once(socket, 'connect');
    };
    await silent();
    await waitUntil(async () => {
      const session = connect(gateway.http2Url()!);
      onTestFinished(() => session.destroy());
      session.on('error', () => undefined);
      return new Promise((resolve) => {
        session.once('remoteSettings', () => resolve(true)).once('close', () => resolve(false));
      }).finally(() => session.destroy());
    });
    await silent();
    await gateway.stop();
  });

  it('no more requests than allowed are begun on one connection at once', async () => {
    const { gateway } = await serve({ MARQUEE_HTTP2_CLEARTEXT: 'true', MARQUEE_HTTP2_MAX_STREAMS: '3' });
    const session = await client(gateway.http2Url()!);
    await waitUntil(() => session.remoteSettings?.maxConcurrentStreams === 3);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => answerOf(send(session, '{ titles(first: 1) { name } }'))),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });

  it('a gateway that stops answers what is in flight, takes nothing new, and says so', async () => {
    const { gateway, graph } = await serve();
    const session = await client(gateway.http2Url()!);
    const url = gateway.http2Url()!;
    let goneAway = false;
    session.on('goaway', () => {
      goneAway = true;
    });
    const slow = answerOf(send(session, '{ slow }'));
    await graph.slowAsked;
    const stopped = gateway.stop();
    await waitUntil(() => goneAway);
    let answered = false;
    const late = send(session, '{ me }').on('response', () => {
      answered = true;
    });
    graph.answerSlow();
    expect(await slow).toMatchObject({ status: 200, text: expect.stringContaining('at last') });
    await stopped;
    expect(late.closed && !answered).toBe(true);
    const [error] = await once(connect(url), 'error');
    expect(error.code).toBe('ECONNREFUSED');
  });

  describeOnServer('openssl', 'over TLS', () => {
    it('is encrypted with the files it is given, and for HTTP/2 alone', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'marquee-http2-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const authority = makeAuthority(folder, 'edge');
      const { cert, key } = authority.sign('localhost');
      const { gateway } = await serve({ MARQUEE_HTTP2_TLS_CERT: cert, MARQUEE_HTTP2_TLS_KEY: key });
      const url = gateway.http2Url()!.replace('127.0.0.1', 'localhost');
      expect(url).toMatch(/^https:/);
      const session = await client(url, { ca: readFileSync(authority.ca) });
      expect(session.alpnProtocol).toBe('h2');
      expect((await answerOf(send(session, '{ titles(first: 1) { name } }'))).status).toBe(200);
      await expect(fetch(`${url}/health`)).rejects.toThrow();
    });
  });

  it.each([
    [{ MARQUEE_HTTP2_PORT: '0' }],
    [{ MARQUEE_HTTP2_CLEARTEXT: 'true' }],
    [{ MARQUEE_HTTP2_PORT: '0', MARQUEE_HTTP2_TLS_CERT: 'cert.pem' }],
    [
      {
        MARQUEE_HTTP2_PORT: '0',
        MARQUEE_HTTP2_CLEARTEXT: 'true',
        MARQUEE_HTTP2_TLS_CERT: 'c',
        MARQUEE_HTTP2_TLS_KEY: 'k',
      },
    ],
  ])(
    'is refused where it is not clear whether it is encrypted: %j',
    (environment: Record<string, string>) => {
      expect(() => parseGatewayConfig({ MARQUEE_MODE: 'development', ...environment })).toThrowError(
        /MARQUEE_HTTP2_PORT: needs either/,
      );
    },
  );
});
