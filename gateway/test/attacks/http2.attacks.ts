/** What HTTP/2 lets a client do that HTTP/1.1 does not. Told is how the connection, or the last of its streams, was ended. */
import { setImmediate as turn } from 'node:timers/promises';
import { waitUntil } from '@marquee/testkit';
import { END_HEADERS, END_STREAM, FRAME, literals, RawHttp2Client } from '../raw-http2-client.ts';
import type { Attack, Reply } from './attack.ts';
import type { AttackedGateway } from './attacked-gateway.ts';

const QUERY = JSON.stringify({ query: '{ titles(first: 3) { similar { similar { name } } } }' });
const JSON_BODY = { 'content-type': 'application/json' };
const HEAD = literals({
  ':method': 'POST',
  ':scheme': 'http',
  ':authority': 'x',
  ':path': '/graphql',
  ...JSON_BODY,
});
const LARGEST_FRAME = 16_384;
const NO_WINDOW = 0;
const MANY = 100_000;
const AT_ONCE = 100;
/** 64 MB, of which a quarter of one is taken. */
const BODY_FRAMES = 4_000;

/** RFC 9113, section 7, by number. */
const ERRORS = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
];

/** @param fire until all is over that was to be seen. */
function over(windowSize: number | undefined, fire: (client: RawHttp2Client) => Promise<unknown>) {
  return async ({ http2Url }: AttackedGateway): Promise<Reply> => {
    const client = await RawHttp2Client.connect(http2Url, windowSize);
    try {
      await fire(client);
      return endOf(client);
    } finally {
      client.destroy();
    }
  };
}

function endOf({ frames, closed }: RawHttp2Client): Reply {
  const goodbye = frames.findLast(({ type }) => type === FRAME.GOAWAY)?.payload.readUInt32BE(4);
  const reset = frames.findLast(({ type }) => type === FRAME.RST_STREAM)?.payload.readUInt32BE();
  const number = goodbye ?? reset;
  // What says why is lost where it comes after what we were still sending.
  const code = number === undefined ? (closed ? 'closed' : 'open') : (ERRORS[number] ?? `${number}`);
  return { status: 0, text: JSON.stringify({ errors: [{ extensions: { code } }] }) };
}

const isEnded = ({ text }: Reply): boolean => !text.includes('"open"');

/** Sends frames until the connection is ended, or they are many. */
async function flood(client: RawHttp2Client, send: (index: number) => boolean, most = MANY): Promise<void> {
  for (let index = 0; index < most && !client.closed; index++) {
    // What has come is read, also that the other side has had enough.
    if (!send(index) || index % 1_000 === 0) await turn();
  }
  await Promise.race([client.ended(), turn()]);
}

const reset = (client: RawHttp2Client, stream: number) =>
  client.send(FRAME.RST_STREAM, 0, stream, Buffer.from([0, 0, 0, 8]));

/** Asks on as many streams as may be. @returns them, once all are answered. */
async function asked(client: RawHttp2Client): Promise<readonly number[]> {
  const streams = Array.from({ length: AT_ONCE }, () => client.post('/graphql', QUERY, JSON_BODY));
  await waitUntil(() => streams.every((stream) => client.received(stream, FRAME.HEADERS).length > 0));
  return streams;
}

const areReset = (client: RawHttp2Client, streams: readonly number[]) =>
  streams.every((stream) => client.received(stream, FRAME.RST_STREAM).length > 0);

const attacks: readonly Omit<Attack, 'group' | 'status'>[] = [
  {
    name: 'requests taken back as soon as they are sent, without end',
    expected: isEnded,
    fire: over(undefined, (client) =>
      flood(client, () => reset(client, client.post('/graphql', QUERY, JSON_BODY))),
    ),
  },
  {
    name: 'a hundred answers that are never taken',
    expected: 'CANCEL',
    fire: over(NO_WINDOW, async (client) => {
      const streams = await asked(client);
      await waitUntil(() => areReset(client, streams));
    }),
  },
  {
    name: 'a hundred answers of which a byte is taken now and then',
    expected: 'CANCEL',
    fire: over(NO_WINDOW, async (client) => {
      const streams = await asked(client);
      await waitUntil(() => {
        for (const stream of streams) client.take(stream, 1);
        return areReset(client, streams);
      });
    }),
  },
  {
    name: 'headers that go on without end',
    expected: isEnded,
    fire: over(undefined, (client) => {
      const stream = client.open();
      client.send(FRAME.HEADERS, END_STREAM, stream, HEAD);
      const more = literals({ 'x-more': 'a'.repeat(100) });
      const frame = Buffer.concat(Array.from({ length: LARGEST_FRAME / more.length }, () => more).flat());
      return flood(client, () => client.send(FRAME.CONTINUATION, 0, stream, frame));
    }),
  },
  {
    name: 'headers that go on without end, of nothing',
    expected: isEnded,
    fire: over(undefined, (client) => {
      const stream = client.open();
      client.send(FRAME.HEADERS, END_STREAM, stream, HEAD);
      return flood(client, () => client.send(FRAME.CONTINUATION, 0, stream));
    }),
  },
  {
    name: 'a hundred thousand pings',
    expected: isEnded,
    fire: over(undefined, (client) => flood(client, () => client.send(FRAME.PING, 0, 0, Buffer.alloc(8)))),
  },
  {
    name: 'a hundred thousand settings',
    expected: 'open',
    fire: over(undefined, (client) => flood(client, () => client.send(FRAME.SETTINGS, 0, 0))),
  },
  {
    name: 'a body of a hundred thousand pieces of nothing',
    expected: isEnded,
    fire: over(undefined, (client) => {
      const stream = client.open();
      client.send(FRAME.HEADERS, END_HEADERS, stream, HEAD);
      return flood(client, () => client.send(FRAME.DATA, 0, stream));
    }),
  },
  {
    name: 'more of a body than there is room for',
    expected: 'NO_ERROR',
    fire: over(undefined, (client) => {
      const stream = client.open();
      client.send(FRAME.HEADERS, END_HEADERS, stream, HEAD);
      const frame = Buffer.alloc(LARGEST_FRAME, 0x20);
      return flood(client, () => client.send(FRAME.DATA, 0, stream, frame), BODY_FRAMES);
    }),
  },
  {
    name: 'a frame larger than was agreed on',
    expected: 'FRAME_SIZE_ERROR',
    fire: over(undefined, async (client) => {
      client.send(FRAME.HEADERS, END_HEADERS, client.open(), Buffer.alloc(2 * LARGEST_FRAME));
      await client.ended();
    }),
  },
  {
    name: 'headers that cannot be unpacked',
    expected: 'COMPRESSION_ERROR',
    fire: over(undefined, async (client) => {
      client.send(
        FRAME.HEADERS,
        END_HEADERS,
        client.open(),
        Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]),
      );
      await client.ended();
    }),
  },
  {
    name: 'a window of more than there can be',
    expected: 'FLOW_CONTROL_ERROR',
    fire: over(undefined, async (client) => {
      client.take(0, 0x7fff_ffff);
      await client.ended();
    }),
  },
];

export const http2Attacks: readonly Attack[] = attacks.map((attack) => ({
  ...attack,
  group: 'HTTP/2',
  status: [0],
}));
