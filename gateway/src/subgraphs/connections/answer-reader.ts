/**
 * Reads the answers that come on one connection, in whatever pieces they come (RFC 9112). Strict where a lenient
 * reader could be made to take a part of one answer for the next one: what is not read to the letter is refused, and
 * its connection with it.
 */

/** Names in lower case; of a header that came several times the values, separated by commas. */
export type AnswerHeaders = Readonly<Record<string, string>>;

export interface Answer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly text: string;
  /** How long the connection may be idle before the other side ends it; 0: it cannot be used again. */
  readonly idleMs: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const MAX_HEAD_BYTES = 16_384;
/** Of `1xx` before the answer itself. */
const MAX_INTERIM = 8;
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: [\t\x20-\x7e\x80-\xff]*)?\r\n/;
const FIELD_LINE = /([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)\r\n/y;
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,8})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;
/** As long as it says nothing else. */
const ANY_TIME = Number.POSITIVE_INFINITY;

type State = 'head' | 'length' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'until-close' | 'over';

export class AnswerReader {
  readonly #maxBytes: number;
  #state: State = 'over';
  #interim = 0;
  #status = 0;
  #headers: AnswerHeaders = {};
  #idleMs = 0;
  /** Bytes of a head, or of a line between chunks, whose end has not come. */
  #held: Buffer | undefined;
  /** What there is of a body that did not come in one piece: the first `#bytes`. */
  #body: Buffer | undefined;
  #bytes = 0;
  /** Of the lines behind the last chunk. */
  #trailerBytes = 0;
  /** Of the body, or of the chunk. */
  #missing = 0;
  #text = '';

  /** @param maxBytes of a body. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** From now on an answer is expected. */
  expect(): void {
    this.#state = 'head';
    this.#interim = 0;
    this.#bytes = 0;
    this.#trailerBytes = 0;
    this.#text = '';
  }

  /**
   * @param bytes are looked at now and not later: whoever reads may use them again.
   * @returns the answer, once it is whole.
   * @throws Error for what is no answer, or longer than it may be.
   */
  read(bytes: Buffer): Answer | undefined {
    let at = 0;
    do {
      if (this.#isOver()) throw new Error('the answer is followed by something that nobody asked for');
      at = this.#step(bytes, at);
    } while (at < bytes.length);
    return this.#isOver() ? this.#answer() : undefined;
  }

  /** The other side has ended the connection. @returns the answer where that was its end. */
  ended(): Answer | undefined {
    if (this.#state !== 'until-close') return undefined;
    this.#finish();
    return this.#answer();
  }

  #isOver(): boolean {
    return this.#state === 'over';
  }

  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes, at);
      case 'length':
        return this.#readBody(bytes, at);
      case 'chunk-size':
        return this.#line(bytes, at, (line) => this.#beginChunk(line));
      case 'chunk':
        return this.#readChunk(bytes, at);
      case 'chunk-end':
        return this.#line(bytes, at, (line) => {
          if (line !== '') throw new Error('a chunk is longer than it says');
          this.#state = 'chunk-size';
        });
      case 'trailer':
        return this.#line(bytes, at, (line) => {
          this.#trailerBytes += line.length;
          if (this.#trailerBytes > MAX_HEAD_BYTES) throw new Error('it goes on behind its end');
          if (line === '') this.#finish();
        });
      default:
        this.#add(bytes.subarray(at));
        return bytes.length;
    }
  }

  #readHead(bytes: Buffer, at: number): number {
    const held = this.#held;
    const all = held === undefined ? bytes : Buffer.concat([held, bytes.subarray(at)]);
    const begin = held === undefined ? at : 0;
    const end = all.indexOf(HEAD_END, begin);
    if ((end < 0 ? all.length : end) - begin > MAX_HEAD_BYTES) throw new Error('the head is too long');
    if (end < 0) {
      this.#held = Buffer.from(all.subarray(begin));
      return bytes.length;
    }
    this.#held = undefined;
    this.#begin(all.toString('latin1', begin, end + 2));
    // Where the head ended in what has come now.
    return at + (end + HEAD_END.length - begin) - (held?.length ?? 0);
  }

  #begin(head: string): void {
    const line = STATUS_LINE.exec(head);
    if (line === null) throw new Error('it does not begin as HTTP/1.1 does');
    this.#status = Number(line[2]);
    if (this.#status < 200) {
      if (this.#status === 101 || ++this.#interim > MAX_INTERIM)
        throw new Error('it never gets to its answer');
      return;
    }
    const headers = fields(head, line[0].length);
    this.#headers = headers;
    this.#idleMs = idleMs(headers, line[1] === '1');
    const { 'content-length': length, 'transfer-encoding': coding } = headers;
    if (coding !== undefined) {
      // Two ends: which one counts is where answers are smuggled.
      if (length !== undefined || coding.toLowerCase() !== 'chunked' || line[1] !== '1') {
        throw new Error('it is not clear where it ends');
      }
      this.#state = 'chunk-size';
    } else if (this.#status === 204 || this.#status === 304) {
      this.#finish();
    } else if (length === undefined) {
      this.#idleMs = 0;
      this.#state = 'until-close';
    } else {
      if (!/^\d{1,15}$/.test(length)) throw new Error('it is not clear where it ends');
      this.#missing = Number(length);
      this.#assertShort(this.#missing);
      this.#state = 'length';
      if (this.#missing === 0) this.#finish();
    }
  }

  /** What came in one piece, as nearly all of it does, is not copied. */
  #readBody(bytes: Buffer, at: number): number {
    const here = Math.min(this.#missing, bytes.length - at);
    this.#missing -= here;
    if (this.#body === undefined && this.#missing === 0) {
      this.#text = bytes.toString('utf8', at, at + here);
      this.#state = 'over';
      return at + here;
    }
    this.#body ??= Buffer.allocUnsafeSlow(here + this.#missing);
    this.#add(bytes.subarray(at, at + here));
    if (this.#missing === 0) this.#finish();
    return at + here;
  }

  #beginChunk(line: string): void {
    const size = CHUNK_SIZE.exec(line)?.[1];
    if (size === undefined) throw new Error('a chunk has no length');
    this.#missing = Number.parseInt(size, 16);
    this.#assertShort(this.#bytes + this.#missing);
    this.#state = this.#missing === 0 ? 'trailer' : 'chunk';
  }

  #readChunk(bytes: Buffer, at: number): number {
    const here = Math.min(this.#missing, bytes.length - at);
    this.#add(bytes.subarray(at, at + here));
    this.#missing -= here;
    if (this.#missing === 0) this.#state = 'chunk-end';
    return at + here;
  }

  /** One line up to its end, which is not part of it. */
  #line(bytes: Buffer, at: number, take: (line: string) => void): number {
    const feed = bytes.indexOf(10, at);
    const end = feed < 0 ? bytes.length : feed + 1;
    const held = this.#held;
    if ((held?.length ?? 0) + end - at > MAX_HEAD_BYTES) throw new Error('a line is too long');
    const line =
      held === undefined ? bytes.subarray(at, end) : Buffer.concat([held, bytes.subarray(at, end)]);
    if (feed < 0) this.#held = Buffer.from(line);
    else {
      this.#held = undefined;
      if (line[line.length - 2] !== 13) throw new Error('a line ends otherwise than lines do');
      take(line.toString('latin1', 0, line.length - 2));
    }
    return end;
  }

  /** Into one buffer that grows: a body of a million chunks is no million objects. */
  #add(part: Buffer): void {
    const bytes = this.#bytes + part.length;
    this.#assertShort(bytes);
    const body = this.#body;
    if (body === undefined || body.length < bytes) {
      this.#body = Buffer.allocUnsafeSlow(Math.min(this.#maxBytes, Math.max(bytes, 2 * (body?.length ?? 0))));
      body?.copy(this.#body, 0, 0, this.#bytes);
    }
    part.copy(this.#body as Buffer, this.#bytes);
    this.#bytes = bytes;
  }

  #assertShort(bytes: number): void {
    if (bytes > this.#maxBytes) throw new Error(`it is longer than ${this.#maxBytes} bytes`);
  }

  #finish(): void {
    this.#text = this.#body?.toString('utf8', 0, this.#bytes) ?? '';
    this.#body = undefined;
    this.#state = 'over';
  }

  #answer(): Answer {
    return { status: this.#status, headers: this.#headers, text: this.#text, idleMs: this.#idleMs };
  }
}

/** @param head with the end of its last line. @param at of the first field. */
function fields(head: string, at: number): AnswerHeaders {
  const headers: Record<string, string> = { __proto__: null } as never;
  FIELD_LINE.lastIndex = at;
  while (FIELD_LINE.lastIndex < head.length) {
    const line = FIELD_LINE.exec(head);
    if (line === null) throw new Error('a header cannot be read');
    const name = (line[1] as string).toLowerCase();
    const value = (line[2] as string).trimEnd();
    const known = headers[name];
    headers[name] = known === undefined ? value : `${known}, ${value}`;
  }
  return headers;
}

function idleMs({ connection, 'keep-alive': keepAlive }: AnswerHeaders, stays: boolean): number {
  if (connection !== undefined) {
    const said = connection.toLowerCase();
    if (/(?:^|,)[\t ]*close[\t ]*(?:,|$)/.test(said)) return 0;
    if (!stays && !/(?:^|,)[\t ]*keep-alive[\t ]*(?:,|$)/.test(said)) return 0;
  } else if (!stays) return 0;
  const seconds = keepAlive === undefined ? undefined : /(?:^|[,; ])timeout=(\d{1,6})/i.exec(keepAlive)?.[1];
  return seconds === undefined ? ANY_TIME : Number(seconds) * 1_000;
}
