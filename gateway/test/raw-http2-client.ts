/**
 * HTTP/2 frame by frame, for what no kept client does: windows that are opened byte by byte or never, headers without end. Clear
 * text with prior knowledge; header fields are literals, so that nothing has to be compressed (RFC 9113, RFC 7541).
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;
export const END_STREAM = 1;
const ACK = 1;
export const END_HEADERS = 4;

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const INITIAL_WINDOW_SIZE = 4;
const HEAD_BYTES = 9;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export class RawHttp2Client {
  /** What has come, but for acknowledgements. */
  readonly frames: Frame[] = [];
  readonly #socket: Socket;
  #unread = Buffer.alloc(0);
  #streams = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
  }

  /** @param windowSize that every stream begins with: so many bytes of an answer may be sent. */
  static async connect(url: string, windowSize = 65_535): Promise<RawHttp2Client> {
    const { port, hostname } = new URL(url);
    const socket = connect({ port: Number(port), host: hostname });
    await once(socket, 'connect');
    const client = new RawHttp2Client(socket);
    socket.write(PREFACE);
    const settings = Buffer.alloc(6);
    settings.writeUInt16BE(INITIAL_WINDOW_SIZE, 0);
    settings.writeUInt32BE(windowSize, 2);
    client.send(FRAME.SETTINGS, 0, 0, settings);
    return client;
  }

  get closed(): boolean {
    return this.#socket.closed;
  }

  /** @returns false when more is waiting to be sent than should. */
  send(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): boolean {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    return this.#socket.write(Buffer.concat([head, payload]));
  }

  /** A whole request. @returns its stream. */
  post(path: string, body: string, headers: Readonly<Record<string, string>> = {}): number {
    const stream = this.open();
    const fields = { ':method': 'POST', ':scheme': 'http', ':authority': 'x', ':path': path, ...headers };
    this.send(FRAME.HEADERS, END_HEADERS, stream, literals(fields));
    this.send(FRAME.DATA, END_STREAM, stream, Buffer.from(body));
    return stream;
  }

  /** @returns the next stream's id. */
  open(): number {
    return 2 * this.#streams++ + 1;
  }

  /** Takes so many bytes more of a stream's answer. */
  take(stream: number, bytes: number): void {
    const increment = Buffer.alloc(4);
    increment.writeUInt32BE(bytes);
    this.send(FRAME.WINDOW_UPDATE, 0, stream, increment);
  }

  /** Of a stream. */
  received(stream: number, type: number): readonly Frame[] {
    return this.frames.filter((frame) => frame.stream === stream && frame.type === type);
  }

  /** Resolves when the other side has ended the connection. */
  async ended(): Promise<void> {
    if (!this.#socket.closed) await once(this.#socket, 'close');
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    while (this.#unread.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + this.#unread.readUIntBE(0, 3);
      if (this.#unread.length < end) return;
      const type = this.#unread.readUInt8(3);
      const flags = this.#unread.readUInt8(4);
      const isAcknowledgement = (type === FRAME.SETTINGS || type === FRAME.PING) && (flags & ACK) > 0;
      if (!isAcknowledgement) {
        const payload = Buffer.from(this.#unread.subarray(HEAD_BYTES, end));
        this.frames.push({ type, flags, stream: this.#unread.readUInt32BE(5), payload });
      }
      this.#unread = this.#unread.subarray(end);
    }
  }
}

/** Header fields that are sent as they are and not remembered (RFC 7541, section 6.2.2). Names and values below 127 bytes. */
export function literals(fields: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(fields).flatMap(([name, value]) => [
      Buffer.from([0, name.length]),
      Buffer.from(name),
      Buffer.from([value.length]),
      Buffer.from(value),
    ]),
  );
}
