/**
 * The connection of the store: starts within a bound, says what is wrong, comes back by itself, and lets every command
 * end in time. Calls that Redis owes an answer are counted until the answer comes, also when their caller has long
 * been told that it took too long: above a bound new ones are refused, so a server that hangs costs no memory.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  beforeDeadline,
  deadlineAfter,
  type Logger,
  MarqueeError,
  READY,
  type Readiness,
} from '@marquee/service-kit';
import type { KeyLayout } from './key-layout.ts';
import { addressOf, createClient, type RedisAddress, type RedisClient } from './redis-client.ts';
import { type RedisTrouble, troubleOf } from './redis-trouble.ts';
import { checkServers } from './server-check.ts';

export interface RedisConnectionOptions extends RedisAddress {
  readonly layout: KeyLayout;
  readonly commandTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly startWithinMs: number;
  readonly logger: Logger;
}

interface StartTrouble {
  readonly code: RedisTrouble['code'] | 'DATA_CORRUPT';
  readonly reason: string;
}

const CONNECTING: StartTrouble = { code: 'DEPENDENCY_UNAVAILABLE', reason: 'is not connected' };
/** Commands without an answer, at most. */
const MAX_IN_FLIGHT = 4_000;
/** Values on their way, at most. */
const MAX_BYTES_IN_FLIGHT = 128 * 2 ** 20;
/** What a write may take beyond the command timeout: a slow network's and a busy server's pace. */
const BYTES_PER_MS = 10_000;
/** While starting: a look at the connection, a check of a server that was not to be used. */
const LOOK_EVERY_MS = 10;
const CHECK_EVERY_MS = 200;
const MIN_SILENCE_MS = 2_000;

export class RedisConnection {
  readonly #options: RedisConnectionOptions;
  readonly #where: string;
  #client: RedisClient | undefined;
  #serving = false;
  #connected = false;
  #trouble: StartTrouble | undefined;
  /** After a reconnection, until it is known what answers there now. */
  #checking: Promise<void> | undefined;
  #refusal: string | undefined;
  /** What an operator should change, though it works. */
  #warning: string | undefined;
  #inFlight = 0;
  #bytesInFlight = 0;

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
    this.#where = `Redis at ${addressOf(options)}`;
  }

  /** False while the server is away. */
  get connected(): boolean {
    return this.#serving && this.#connected;
  }

  /** @throws MarqueeError what is still wrong after `startWithinMs`: CONFIG_INVALID, DATA_CORRUPT or DEPENDENCY_UNAVAILABLE. */
  async start(): Promise<void> {
    if (this.#client !== undefined) return;
    const { commandTimeoutMs, connectTimeoutMs, startWithinMs } = this.#options;
    const silenceMs = Math.max(MIN_SILENCE_MS, 4 * commandTimeoutMs);
    const client = createClient(this.#options, { connectTimeoutMs, silenceMs });
    this.#client = client;
    this.#listen(client);
    const deadline = deadlineAfter(startWithinMs);
    for (;;) {
      const trouble = await this.#probe(client);
      if (this.#client !== client) {
        throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `${this.#where}: stopped before it was ready`);
      }
      if (trouble === undefined) break;
      // Nothing is wrong yet with a connection that is being made.
      if (trouble !== CONNECTING) this.#note(trouble);
      if (deadline.expired) {
        this.#leave(client);
        throw new MarqueeError(
          trouble.code,
          `the online store cannot be used: ${this.#where} ${trouble.reason}`,
        );
      }
      const pauseMs = client.status === 'ready' ? CHECK_EVERY_MS : LOOK_EVERY_MS;
      await delay(Math.min(pauseMs, deadline.remainingMs()));
    }
    this.#trouble = undefined;
    this.#connected = true;
    this.#serving = true;
  }

  /** Waits for commands in flight, as long as one may take. */
  async stop(): Promise<void> {
    const client = this.#client;
    if (client === undefined) return;
    this.#serving = false;
    const deadline = deadlineAfter(this.#options.commandTimeoutMs);
    while (this.#inFlight > 0 && this.#connected && !deadline.expired) await delay(5);
    this.#leave(client);
  }

  readiness(): Readiness {
    if (this.#client === undefined) return { ready: false, detail: 'not running' };
    const detail = this.#trouble === undefined ? 'connecting' : this.#trouble.reason;
    if (!this.#serving) return { ready: false, detail: `waiting: ${this.#where} ${detail}` };
    if (this.#refusal !== undefined) return { ready: false, detail: `${this.#where} ${this.#refusal}` };
    if (this.#connected && this.#warning !== undefined) {
      return { ready: true, detail: `${this.#where} ${this.#warning}` };
    }
    // Who reads from the store has something to fall back to; it comes back without anybody's help.
    return this.#connected
      ? READY
      : { ready: true, detail: `away, fallbacks serve: ${this.#where} ${detail}` };
  }

  /**
   * Sends commands and waits for their answers.
   * @param bytes of values that are sent along.
   * @throws MarqueeError DEPENDENCY_UNAVAILABLE when it is away, slow or answers with a fault; OVERLOADED when it is
   *   full, or owes too many answers.
   */
  async run<T>(what: string, command: (client: RedisClient) => Promise<T>, bytes = 0): Promise<T> {
    const client = this.#client;
    if (client === undefined || !this.#serving) {
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the online store is not running');
    }
    const deadline = deadlineAfter(this.#options.commandTimeoutMs + bytes / BYTES_PER_MS);
    if (this.#checking !== undefined) {
      await beforeDeadline(this.#checking, deadline, what).catch(() => undefined);
    }
    if (this.#refusal !== undefined) throw unavailable(`${this.#where} ${this.#refusal}`);
    if (!this.#connected) throw unavailable(`${this.#where} ${this.#trouble?.reason ?? 'is not connected'}`);
    if (this.#inFlight >= MAX_IN_FLIGHT || this.#bytesInFlight + bytes > MAX_BYTES_IN_FLIGHT) {
      throw new MarqueeError('OVERLOADED', `${this.#where} owes ${this.#inFlight} answers`);
    }
    this.#inFlight++;
    this.#bytesInFlight += bytes;
    const answered = (): void => {
      this.#inFlight--;
      this.#bytesInFlight -= bytes;
    };
    const answer = command(client);
    answer.then(answered, answered);
    try {
      return await beforeDeadline(answer, deadline, what);
    } catch (error) {
      if (error instanceof MarqueeError) {
        if (error.code !== 'DEADLINE_EXCEEDED') throw error;
        // A store that is slow is a store that is away: nobody is to be blamed for what was to be written.
        throw unavailable(`${this.#where} did not answer ${what} within its deadline`);
      }
      const { code, reason } = troubleOf(error);
      throw code === 'OVERLOADED'
        ? new MarqueeError('OVERLOADED', `the online store is full: ${this.#where} ${reason}`)
        : unavailable(`${this.#where} ${reason}`);
    }
  }

  #listen(client: RedisClient): void {
    const noteError = (error: unknown): void => {
      if (this.#client === client) this.#note(troubleOf(error));
    };
    client.on('error', noteError);
    client.on('node error', noteError);
    for (const event of ['close', 'end', 'reconnecting']) {
      client.on(event, () => {
        if (this.#client !== client) return;
        if (this.#connected) this.#options.logger.warn(`${this.#where} is away`);
        this.#connected = false;
      });
    }
    const check = (): void => {
      if (this.#client === client && this.#serving) this.#checkAgain(client);
    };
    client.on('ready', check);
    client.on('+node', check);
  }

  /** What answers at a known address after a reconnection may be another server. */
  #checkAgain(client: RedisClient): void {
    this.#connected = client.status === 'ready';
    const checking = this.#inspect(client).then((trouble) => {
      if (this.#checking === checking) this.#checking = undefined;
      if (this.#client !== client) return;
      this.#refusal = trouble?.code === 'DATA_CORRUPT' ? trouble.reason : undefined;
      this.#warning = trouble?.code === 'CONFIG_INVALID' ? trouble.reason : undefined;
      if (trouble !== undefined) return this.#note(trouble);
      this.#trouble = undefined;
      this.#options.logger.info(`${this.#where} is back`);
    });
    this.#checking = checking;
  }

  async #probe(client: RedisClient): Promise<StartTrouble | undefined> {
    if (client.status === 'ready') return this.#inspect(client);
    return this.#trouble ?? CONNECTING;
  }

  async #inspect(client: RedisClient): Promise<StartTrouble | undefined> {
    const deadline = deadlineAfter(Math.max(this.#options.commandTimeoutMs, this.#options.connectTimeoutMs));
    try {
      const checks = checkServers(client, this.#options.layout);
      const { code, reason, fresh } = await beforeDeadline(checks, deadline, 'the check of the server');
      if (fresh && this.#serving) this.#options.logger.warn(`${this.#where} came back without its data`);
      return code === 'OK' ? undefined : { code, reason };
    } catch (error) {
      return error instanceof MarqueeError
        ? { code: 'DEPENDENCY_UNAVAILABLE', reason: 'takes commands and does not answer' }
        : troubleOf(error);
    }
  }

  /** Logged when it changes, not at every attempt. */
  #note(trouble: StartTrouble): void {
    if (this.#trouble?.reason !== trouble.reason) {
      this.#options.logger.warn({ code: trouble.code }, `${this.#where} ${trouble.reason}`);
    }
    this.#trouble = trouble;
  }

  #leave(client: RedisClient): void {
    this.#client = undefined;
    this.#connected = false;
    this.#serving = false;
    this.#checking = undefined;
    this.#refusal = undefined;
    this.#warning = undefined;
    this.#trouble = undefined;
    client.disconnect();
  }
}

function unavailable(message: string): MarqueeError {
  return new MarqueeError('DEPENDENCY_UNAVAILABLE', message);
}
