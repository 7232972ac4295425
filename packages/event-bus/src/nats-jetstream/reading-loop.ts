/**
 * Brings what one reader reads to a handler, in order: takes a batch, leaves out what is not wanted, sets aside what is
 * not known, delivers the rest with retries, and moves on.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, DeliveredEvent, EventType } from '@marquee/domain';
import { isMarqueeError, type Logger } from '@marquee/service-kit';
import { deliver } from '../delivery/delivery.ts';
import { ACK_WAIT_MS } from './consumer-declarations.ts';
import type { DeadLetters } from './dead-letters.ts';
import { type Decoded, decodeAll } from './event-codec.ts';
import type { OpenedConsumer, PulledMessage, PullReader } from './pull-reader.ts';
import type { Subjects } from './subjects.ts';

export interface RetryTimes {
  /** Wait before the first retry of a failed batch; doubles up to `maxRetryMs`. */
  readonly firstRetryMs: number;
  readonly maxRetryMs: number;
}

export interface ReadingParts extends RetryTimes {
  readonly subjects: Subjects;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Who handles a batch, and how. */
export interface Turn {
  readonly batchSize: number;
  readonly maxDeliveries: number;
  handle(events: readonly DeliveredEvent[]): Promise<void>;
}

export interface ReadingOptions {
  readonly consumer: string;
  readonly reader: PullReader;
  readonly types: readonly EventType[] | undefined;
  /** Wanted ones of what the reader brings; undefined: all. */
  readonly partitions: readonly number[] | undefined;
  /** Asked before each batch, since who handles the next one may change. */
  next(): Turn;
  /** Everything wanted up to there is handled or dead-lettered. */
  onPosition(position: number): void;
  /** Something that the handler needs has been away for a second; false: it is back. */
  onStuck(stuck: boolean): void;
}

/** One slow answer of a store that is busy is no reason to give anybody up who waits for what was written. */
const STUCK_AFTER_MS = 1_000;

export class ReadingLoop {
  readonly #parts: ReadingParts;
  readonly #options: ReadingOptions;
  readonly #types: ReadonlySet<string> | undefined;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #position = 0;
  #busy = false;
  /** Taken and not handled. */
  #inHand: readonly PulledMessage[] = [];
  #trouble: string | undefined;
  /** When the handler first could not, and has not since; on the process's own clock. */
  #unableSince: number | undefined;
  #stuck = false;

  constructor(parts: ReadingParts, options: ReadingOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#types = options.types === undefined ? undefined : new Set(options.types);
  }

  get position(): number {
    return this.#position;
  }

  get trouble(): string | undefined {
    return this.#trouble ?? this.#options.reader.trouble;
  }

  /** Resolves when it reads. */
  async start(): Promise<OpenedConsumer> {
    const opened = await this.#options.reader.start();
    this.#moveTo(opened.after);
    this.#running = this.#run();
    return opened;
  }

  /** After the batch in hand. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const { reader } = this.#options;
    this.#interrupt();
    await this.#running;
    await reader.confirm();
    reader.stop();
  }

  /**
   * What is wanted and not handled; may count what lies with the server and will be left out.
   * @throws MarqueeError DEPENDENCY_UNAVAILABLE while nothing can be read.
   */
  async lag(): Promise<number> {
    const behind = await this.#options.reader.behind((message) => this.#wants(message));
    const inHand = this.#inHand.filter(
      (message) => message.sequence > this.#position && this.#wants(message),
    );
    return behind + inHand.length;
  }

  /** The log went on to `end` a while ago: if nothing of that is for us, so did we. */
  async advance(end: number): Promise<void> {
    const { reader } = this.#options;
    const { taken } = reader;
    if (this.#position >= end || this.#busy || this.#stopping.signal.aborted) return;
    if (!(await reader.isDry()) || this.#busy || reader.taken !== taken) return;
    if (this.#position >= end) return;
    // Told, but not acknowledged: the server has nothing to acknowledge there.
    this.#position = end;
    this.#options.onPosition(end);
  }

  #interrupt: () => void = () => undefined;

  async #run(): Promise<void> {
    const { reader, next } = this.#options;
    const stopped = new Promise<void>((resolve) => {
      this.#interrupt = resolve;
    });
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      const turn = next();
      const messages = reader.take(turn.batchSize);
      if (messages.length === 0) {
        await Promise.race([reader.arrival(), stopped]);
        continue;
      }
      this.#busy = true;
      this.#inHand = messages;
      for (let done = false; !done && !this.#stopping.signal.aborted; ) {
        try {
          done = await this.#handle(messages, turn);
          failures = 0;
          if (!done) return;
        } catch (error) {
          // Not the handler's fault: a dead letter that could not be written.
          this.#fail(error, ++failures);
          await this.#backOff(failures);
        }
      }
      this.#busy = false;
      this.#inHand = [];
    }
  }

  /** False when it was stopped before everything was handled. */
  async #handle(messages: readonly PulledMessage[], turn: Turn): Promise<boolean> {
    const { reader } = this.#options;
    const working = setInterval(() => reader.working(), ACK_WAIT_MS / 3);
    try {
      const decoded = await decodeAll(messages.filter((message) => this.#wants(message)));
      const events: DeliveredEvent[] = [];
      const bySequence = new Map<number, Decoded>();
      for (const one of decoded) {
        bySequence.set(one.message.sequence, one);
        if ('event' in one) events.push({ sequence: one.message.sequence, event: one.event });
        else await this.#bury(one.message, one.profileId, one.unknown);
      }
      if (events.length > 0) {
        const done = await deliver(events, {
          maxDeliveries: turn.maxDeliveries,
          handle: (batch) => turn.handle(batch),
          onHandled: (sequence) => {
            this.#able();
            this.#moveTo(sequence);
          },
          onFailure: (error, _batch, failures) => {
            this.#fail(error, failures);
            if (isMarqueeError(error, 'DEPENDENCY_UNAVAILABLE')) this.#unable();
          },
          deadLetter: ({ sequence, event }, error) =>
            this.#bury(
              bySequence.get(sequence)!.message,
              event.profileId,
              error instanceof Error ? error.message : String(error),
            ),
          backOff: (failures) => this.#backOff(failures),
        });
        if (!done) return false;
      }
      this.#trouble = undefined;
      this.#moveTo(messages.at(-1)!.sequence);
      return true;
    } finally {
      clearInterval(working);
    }
  }

  #wants({ subject }: PulledMessage): boolean {
    const { type, partition } = this.#parts.subjects.addressOf(subject);
    return (
      (this.#types === undefined || this.#types.has(type)) &&
      (this.#options.partitions === undefined || this.#options.partitions.includes(partition))
    );
  }

  #bury(message: PulledMessage, profileId: string, reason: string): Promise<void> {
    const { deadLetters, clock } = this.#parts;
    return deadLetters.put({ consumer: this.#options.consumer, message, profileId, reason, at: clock.now() });
  }

  #moveTo(position: number): void {
    if (position > this.#position) this.#position = position;
    this.#options.reader.handled(position);
    this.#options.onPosition(this.#position);
  }

  #unable(): void {
    this.#unableSince ??= performance.now();
    if (this.#stuck || performance.now() - this.#unableSince < STUCK_AFTER_MS) return;
    this.#stuck = true;
    this.#options.onStuck(true);
  }

  #able(): void {
    this.#unableSince = undefined;
    if (!this.#stuck) return;
    this.#stuck = false;
    this.#options.onStuck(false);
  }

  #fail(error: unknown, failures: number): void {
    this.#trouble = error instanceof Error ? error.message : String(error);
    this.#parts.logger.warn(
      { consumer: this.#options.consumer, failures, err: error },
      'events were not handled',
    );
  }

  async #backOff(failures: number): Promise<boolean> {
    const { firstRetryMs, maxRetryMs } = this.#parts;
    const { signal } = this.#stopping;
    const waitMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 20));
    await delay(waitMs, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }
}
