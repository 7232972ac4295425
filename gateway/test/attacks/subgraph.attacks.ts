/** A subgraph that has been taken over, or is somebody else's. */
import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type Attack, post } from './attack.ts';
import { INTERNALS } from './attacked-gateway.ts';

const WEATHER = '{ me weather { city degrees } }';
const json =
  (value: unknown, status = 200): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
const nested = (levels: number): string => `${'{"days":['.repeat(levels)}${']}'.repeat(levels)}`;

const COMPRESSED = gzipSync(Buffer.alloc(20 * 1_048_576, 0x20));

const OSLO = '{"data":{"weather":{"city":"Oslo"}}}';
const whole = (text: string, more = ''): string =>
  `HTTP/1.1 200 OK\r\n${more}content-length: ${text.length}\r\n\r\n${text}`;
/** As it is, past what a server of HTTP would send. */
const raw =
  (text: string): RequestListener =>
  ({ socket }) =>
    void socket.write(text);
/** The same again and again, until the connection ends. */
const forEver =
  (start: string, more: string): RequestListener =>
  ({ socket }) => {
    socket.write(start);
    const go = (): void => {
      while (!socket.destroyed && socket.write(more));
    };
    socket.on('drain', go).on('error', () => undefined);
    go();
  };

const answers: Record<string, RequestListener> = {
  'answers with garbage': (_request, response) => void response.end('\u0000<<<not json'),
  'answers with HTML and 200': (_request, response) => void response.end('<html><body>login</body></html>'),
  'answers 500 with its stack': (_request, response) =>
    void response.writeHead(500).end(`${INTERNALS}\n at a.ts:1`),
  'answers 302 to elsewhere': (_request, response) =>
    void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
  'answers 200 without data or errors': json({ result: 'fine' }),
  'answers null, and not why': json({ data: null }),
  'answers with a list': json([{ data: { weather: null } }]),
  'answers with errors that tell too much': json({
    data: { weather: null },
    errors: [{ message: INTERNALS }],
  }),
  'answers with errors of other types': json({ data: { weather: null }, errors: [null, 7, { message: {} }] }),
  'has another schema': json({ data: { weather: { city: { name: 'Oslo' }, degrees: 'cold' } } }),
  'leaves out what must not be null': json({ data: { weather: { city: null, degrees: 1 } } }),
  'answers with a deep tree': (_request, response) =>
    void response.end(`{"data":{"weather":${nested(20_000)}}}`),
  'answers with 100 MB': (_request, response) => {
    const chunk = Buffer.alloc(1_048_576, 0x20);
    let left = 100;
    const more = () => {
      while (left > 0 && !response.destroyed) {
        left--;
        if (!response.write(chunk)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  },
  'answers with 20 MB that are 20 KB when compressed': (_request, response) =>
    void response
      .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      .end(COMPRESSED),
  'ends before it said it would': (_request, response) => {
    response.writeHead(200, { 'content-length': 1_000 });
    response.write('{"data":{"weather":null}}', () => response.socket?.destroy());
  },
  'answers with another protocol': (request) => void request.socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
  'sends headers without end': (request) => {
    const { socket } = request;
    socket.write('HTTP/1.1 200 OK\r\n');
    const timer = setInterval(() => socket.write(`x-${'a'.repeat(1_000)}: b\r\n`), 5);
    socket.on('error', () => undefined).on('close', () => clearInterval(timer));
  },
  'answers twice at once': raw(`${whole(OSLO)}${whole(OSLO)}`),
  'says two lengths': raw(whole(OSLO, 'content-length: 2\r\n')),
  'says a length and sends chunks': raw(whole(OSLO, 'transfer-encoding: chunked\r\n')),
  'sends a body where there is none': raw(whole(OSLO).replace('200 OK', '204 No Content')),
  'folds its headers': raw(whole(OSLO, 'x-a: b\r\n c: d\r\n')),
  'switches to another protocol': raw(`HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n${OSLO}`),
  'announces its answer for ever': forEver('', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(100)),
  'sends lines for ever behind its last chunk': forEver(
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n',
    'x-a: b\r\n'.repeat(1_000),
  ),
  'sends chunks of one byte for ever': forEver(
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
    '1\r\n \r\n'.repeat(1_000),
  ),
  'sends a chunk with an extension for ever': forEver(
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;a=',
    'b'.repeat(1_000),
  ),
  'never comes to an end': (_request, response) => {
    response.write('{"data":{"weather":');
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  },
  'never begins to answer': () => undefined,
  'hangs up': (request) => void request.socket.destroy(),
};

const PROTOTYPES =
  '{"data":{"__proto__":{"weather":{"city":"Oslo"},"me":"x"},"constructor":{"prototype":{"me":"x"}}}}';

const answered = Object.entries(answers).map(
  ([name, listener]): Attack => ({
    group: 'subgraphs',
    name: `a subgraph that ${name}`,
    // Never what it said, and never more than its own field.
    expected: ({ text }) => {
      const { data, errors = [] } = JSON.parse(text) as {
        data: { me: unknown; weather: unknown };
        errors?: { extensions: { code: string } }[];
      };
      const ours = ['INTERNAL_SERVER_ERROR', 'DEPENDENCY_UNAVAILABLE', 'DEADLINE_EXCEEDED'];
      return (
        data.me === null &&
        errors.length > 0 &&
        errors.every(({ extensions }) => ours.includes(extensions.code)) &&
        !JSON.stringify(data.weather).includes('name')
      );
    },
    status: [200],
    withinMs: 4_000,
    fire: (gateway) => {
      gateway.answerWeather(listener);
      return post(gateway, { query: WEATHER });
    },
  }),
);

export const subgraphAttacks: readonly Attack[] = [
  ...answered,
  {
    group: 'subgraphs',
    name: 'a subgraph that answers once more when nobody asks',
    // Whoever asks next is not answered with it.
    expected: ({ text }) => text.includes('"weather":null'),
    status: [200],
    fire: async (gateway) => {
      gateway.answerWeather(({ socket }) => {
        socket.write(whole('{"data":{"weather":null}}'));
        setImmediate(() => socket.end(whole(OSLO)));
      });
      await post(gateway, { query: WEATHER });
      return post(gateway, { query: WEATHER });
    },
  },
  {
    group: 'subgraphs',
    name: 'a subgraph that sets cookies and headers of its own',
    expected: ({ text }) => text === '{"me":null} none',
    status: [200],
    fire: async (gateway) => {
      gateway.answerWeather(
        raw(whole('{"data":{"weather":null}}', 'connection: close\r\nset-cookie: a=b\r\nx-admin: yes\r\n')),
      );
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: WEATHER }),
      });
      const { data } = (await response.json()) as { data: { me: unknown } };
      const own = response.headers.get('set-cookie') ?? response.headers.get('x-admin') ?? 'none';
      return { status: response.status, text: `${JSON.stringify({ me: data.me })} ${own}` };
    },
  },
  {
    group: 'subgraphs',
    name: 'a subgraph that answers with prototypes',
    // Nothing of its own is in it: the field is null.
    expected: ({ text }) => text.trim() === '{"data":{"me":null,"weather":null}}',
    status: [200],
    fire: (gateway) => {
      gateway.answerWeather((_request, response) => void response.end(PROTOTYPES));
      return post(gateway, { query: WEATHER });
    },
  },
];
