/**
 * Reads one JetStream consumer in order, without gaps, for as long as it is wanted.
 *
 * The server may lose messages on the way (a connection that breaks takes along what was on it) and would deliver them
 * again later, behind newer ones. So the reader checks that deliveries are numbered without a gap, and whenever they are
 * not, or heartbeats are missed, or the connection was made anew, it opens a fresh consumer where it had come to.
 * Messages are asked for ahead, up to two batches, and never pushed.
 */
import { type NatsLink, natsFailure } from '@marquee/coordination/nats-connection';
import { beforeDeadline, deadlineAfter, type Logger } from '@marquee/service-kit';
import { createInbox, type Msg, type MsgHdrs, nanos, type Subscription } from 'nats';

export interface PulledMessage {
  readonly sequence: number;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  /** Messages that the server had for this consumer after this one, at the time. */
  readonly pending: number;
}

export interface OpenedConsumer {
  readonly consumer: string;
  /** It delivers what comes after this sequence. */
  readonly after: number;
  readonly pending: number;
}

export interface PullReaderOptions {
  readonly link: NatsLink;
  readonly stream: string;
  readonly batchSize: number;
  readonly logger: Logger;
  /** Makes a consumer that begins after what was taken (or, if what is not handled yet must be acknowledged, handled). */
  open(from: { readonly taken: number; readonly handled: number }): Promise<OpenedConsumer>;
}

const HEARTBEAT_MS = 2_000;
const MISSED_AFTER_MS = 2.5 * HEARTBEAT_MS;
const PULL_EXPIRES_MS = 30_000;
/** Of one pull: below what makes the server take us for a slow consumer. */
const PULL_BYTES = 8 * 1_024 * 1_024;
const RETRY_MS = 100;
const MAX_RETRY_MS = 2_000;
const ACK = '+ACK';
const WORKING = '+WPI';

interface Unacknowledged {
  readonly sequence: number;
  readonly reply: string;
}

export class PullReader {
  readonly #options: PullReaderOptions;
  #buffer: PulledMessage[] = [];
  #unacknowledged: Unacknowledged[] = [];
  #taken = 0;
  #handled = 0;
  /** Number of the consumer's last delivery. */
  #delivered = 0;
  #outstanding = 0;
  #lastHeard = 0;
  #consumer = '';
  #subscription: Subscription | undefined;
  #epoch = 0;
  #running = false;
  #opening: Promise<OpenedConsumer> | undefined;
  #watch: NodeJS.Timeout | undefined;
  #stopListening: () => void = () => undefined;
  #wake: (() => void) | undefined;
  #trouble: string | undefined;
  /** Of the last acknowledgement. */
  #lastReply: string | undefined;

  constructor(options: PullReaderOptions) {
    this.#options = options;
  }

  /** Sequence of the last message that was taken. */
  get taken(): number {
    return this.#taken;
  }

  /** What keeps it from reading; undefined when nothing does. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Resolves once it reads; opening is tried until it succeeds or `stop` is called. */
  async start(): Promise<OpenedConsumer> {
    this.#running = true;
    this.#stopListening = this.#options.link.onReconnect(() => this.#reopen('the connection was made anew'));
    this.#watch = setInterval(() => this.#checkHeartbeat(), HEARTBEAT_MS / 4);
    this.#watch.unref();
    this.#opening = this.#open();
    return this.#opening;
  }

  stop(): void {
    this.#running = false;
    this.#epoch++;
    clearInterval(this.#watch);
    this.#stopListening();
    this.#subscription?.unsubscribe();
    this.#buffer = [];
    this.#wake?.();
  }

  /** Up to `limit` messages in order, none when there are none yet. */
  take(limit: number): readonly PulledMessage[] {
    const messages = this.#buffer.splice(0, limit);
    if (messages.length > 0) this.#taken = messages.at(-1)!.sequence;
    this.#pull();
    return messages;
  }

  /** Resolves when there is something to take, when it was stopped, or after `withinMs`. */
  arrival(withinMs?: number): Promise<void> {
    if (this.#buffer.length > 0 || !this.#running) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = withinMs === undefined ? undefined : setTimeout(resolve, withinMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Everything up to the sequence is done with: the server need not deliver it again. */
  handled(sequence: number): void {
    if (sequence > this.#handled) this.#handled = sequence;
    const last = this.#unacknowledged.findLast((one) => one.sequence <= this.#handled);
    if (last === undefined) return;
    this.#unacknowledged = this.#unacknowledged.filter((one) => one.sequence > this.#handled);
    this.#publish(last.reply, ACK);
    this.#lastReply = last.reply;
  }

  /** Tells the server that what was delivered is still being worked on. */
  working(): void {
    for (const { reply } of this.#unacknowledged) this.#publish(reply, WORKING);
  }

  /** Waits until the server has taken note of the last acknowledgement, within a second. */
  async confirm(): Promise<void> {
    const { link } = this.#options;
    if (this.#lastReply === undefined || !link.connected) return;
    await link.connection.request(this.#lastReply, ACK, { timeout: 1_000 }).catch(() => undefined);
  }

  /**
   * Messages that were not taken yet: what is here already and is wanted, and what is on its way or still with the server.
   * @throws MarqueeError DEPENDENCY_UNAVAILABLE while there is no consumer to ask about, DEADLINE_EXCEEDED.
   */
  async behind(isWanted: (message: PulledMessage) => boolean): Promise<number> {
    const { link, stream } = this.#options;
    if (this.#opening !== undefined) {
      await beforeDeadline(this.#opening, deadlineAfter(link.requestTimeoutMs), 'the opening of a consumer');
    }
    const consumer = this.#consumer;
    try {
      if (!link.connected) throw new Error(`NATS at ${link.servers} is away`);
      const { num_pending, delivered } = await link.manager.consumers.info(stream, consumer);
      if (consumer !== this.#consumer) throw new Error('it was replaced');
      const onTheWay = Math.max(0, delivered.consumer_seq - this.#delivered);
      return num_pending + onTheWay + this.#buffer.filter(isWanted).length;
    } catch (error) {
      throw natsFailure(error, `asking about consumer ${consumer}`);
    }
  }

  /** True when everything that the server has for this consumer was taken. */
  async isDry(): Promise<boolean> {
    const { link, stream } = this.#options;
    const [epoch, delivered, consumer] = [this.#epoch, this.#delivered, this.#consumer];
    if (this.#buffer.length > 0 || this.#opening !== undefined) return false;
    const info = await link.manager.consumers.info(stream, consumer);
    if (epoch !== this.#epoch || delivered !== this.#delivered || this.#buffer.length > 0) return false;
    return info.num_pending === 0 && info.delivered.consumer_seq === delivered;
  }

  async #open(): Promise<OpenedConsumer> {
    const { logger, stream } = this.#options;
    const epoch = ++this.#epoch;
    this.#subscription?.unsubscribe();
    this.#buffer = [];
    this.#unacknowledged = [];
    this.#lastReply = undefined;
    for (let failures = 0; ; failures++) {
      try {
        const opened = await this.#options.open({ taken: this.#taken, handled: this.#handled });
        if (epoch === this.#epoch) this.#opened(opened, epoch);
        return opened;
      } catch (error) {
        const failure = natsFailure(error, `reading ${stream}`);
        this.#trouble = failure.message;
        if (!this.#running) throw failure;
        if (failures % 10 === 0)
          logger.warn({ stream, failures, err: failure }, 'a consumer cannot be opened');
        await this.#pause(Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** Math.min(failures, 10)));
        if (!this.#running) throw failure;
      }
    }
  }

  /** Until the time has passed or the connection is there again. */
  #pause(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        stopListening();
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      const stopListening = this.#options.link.onReconnect(done);
    });
  }

  #opened({ consumer, after }: OpenedConsumer, epoch: number): void {
    this.#consumer = consumer;
    this.#taken = Math.max(this.#taken, after);
    this.#handled = Math.max(this.#handled, after);
    this.#delivered = 0;
    this.#outstanding = 0;
    this.#trouble = undefined;
    this.#opening = undefined;
    this.#subscription = this.#options.link.connection.subscribe(createInbox(), {
      callback: (error, message) => {
        if (epoch !== this.#epoch || error !== null) return;
        this.#lastHeard = performance.now();
        const status = message.headers?.code ?? 0;
        if (status === 0) this.#receive(message);
        else this.#receiveStatus(status, message.headers!);
      },
    });
    this.#pull();
  }

  #reopen(reason: string): void {
    if (!this.#running || this.#opening !== undefined) return;
    this.#options.logger.info(
      { stream: this.#options.stream, consumer: this.#consumer, reason },
      'reading anew',
    );
    this.#trouble = reason;
    this.#opening = this.#open();
    this.#opening.catch((error: unknown) => {
      if (this.#running) this.#options.logger.error({ err: error }, 'a consumer cannot be read any more');
    });
  }

  #pull(): void {
    const { batchSize, stream, link } = this.#options;
    if (!this.#running || this.#opening !== undefined || this.#subscription === undefined) return;
    if (this.#outstanding > 0 || this.#buffer.length >= batchSize || !link.connected) return;
    this.#outstanding = 2 * batchSize - this.#buffer.length;
    this.#lastHeard = performance.now();
    const request = {
      batch: this.#outstanding,
      expires: nanos(PULL_EXPIRES_MS),
      idle_heartbeat: nanos(HEARTBEAT_MS),
      max_bytes: Math.max(PULL_BYTES, 2 * (link.connection.info?.max_payload ?? 0)),
    };
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${this.#consumer}`;
    link.connection.publish(subject, JSON.stringify(request), { reply: this.#subscription.getSubject() });
  }

  #receive(message: Msg): void {
    const { sequence, delivery, pending } = placeOf(message.reply ?? '');
    if (delivery !== this.#delivered + 1) {
      this.#reopen(`delivery ${delivery} came after ${this.#delivered}`);
      return;
    }
    this.#delivered = delivery;
    this.#outstanding--;
    this.#unacknowledged.push({ sequence, reply: message.reply! });
    if (sequence > (this.#buffer.at(-1)?.sequence ?? this.#taken)) {
      const { subject, data, headers } = message;
      this.#buffer.push({ sequence, subject, data, headers, pending });
      this.#wake?.();
      this.#wake = undefined;
    } else if (sequence <= this.#handled) {
      this.handled(sequence);
    }
    if (this.#outstanding === 0) this.#pull();
  }

  #receiveStatus(status: number, headers: MsgHdrs): void {
    const text = headers.description;
    if (status === 100) {
      const last = headers.get('Nats-Last-Consumer');
      if (last !== '' && Number(last) !== this.#delivered) this.#reopen('deliveries were lost');
    } else if (status === 404 || status === 408 || /exceeds maxbytes|batch completed/i.test(text)) {
      this.#outstanding = 0;
      this.#pull();
    } else {
      this.#reopen(`${status} ${text}`);
    }
  }

  #checkHeartbeat(): void {
    if (this.#outstanding === 0 || !this.#options.link.connected) return;
    if (performance.now() - this.#lastHeard > MISSED_AFTER_MS) this.#reopen('heartbeats are missing');
  }

  #publish(subject: string, payload: string): void {
    // A connection that is away would keep it and send it when it no longer means anything.
    if (this.#options.link.connected) this.#options.link.connection.publish(subject, payload);
  }
}

/**
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer sequence>.<time>.<pending>`, with
 * `<domain>.<account>` before the stream and a random token at the end on newer servers.
 */
function placeOf(reply: string): { sequence: number; delivery: number; pending: number } {
  const tokens = reply.split('.');
  const from = tokens.length >= 11 ? 7 : 5;
  return {
    sequence: Number(tokens[from]),
    delivery: Number(tokens[from + 1]),
    pending: Number(tokens[from + 3]),
  };
}
