/** The streams on the server: declared, compared with what is wanted, and asked. Knows JetStream and no consumers. */
import { type NatsLink, natsFailure } from '@marquee/coordination/nats-connection';
import type { EventType } from '@marquee/domain';
import { type Logger, MarqueeError } from '@marquee/service-kit';
import {
  AckPolicy,
  type ConsumerInfo,
  DeliverPolicy,
  DiscardPolicy,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from 'nats';
import type { Subjects } from './subjects.ts';

export interface StreamLimits {
  /** Copies of every event. */
  readonly replicas: number;
  /** Events older than that are dropped; 0: never. */
  readonly maxAgeMs: number;
  /** A log of that size takes nothing more (it never drops what somebody may still have to read); -1: no limit. */
  readonly maxBytes: number;
  /** A repeated event id is recognised for so long. */
  readonly duplicateWindowMs: number;
  readonly deadLetterMaxAgeMs: number;
}

/** Settings that a running stream can be given. */
const ADJUSTABLE = ['max_age', 'max_bytes', 'duplicate_window', 'num_replicas', 'discard'] as const;
const NO_STREAM = 10_059;
const NO_MESSAGE = 10_057;
const ERASED_AT_ONCE = 64;
const PARTITIONS = /partitions: (\d+)$/;

export class EventStream {
  readonly #link: NatsLink;
  readonly #subjects: Subjects;
  readonly #limits: StreamLimits;
  readonly #logger: Logger;

  constructor(link: NatsLink, subjects: Subjects, limits: StreamLimits, logger: Logger) {
    this.#link = link;
    this.#subjects = subjects;
    this.#limits = limits;
    this.#logger = logger;
  }

  /** Safe to repeat, and in several processes at once. @throws MarqueeError CONFIG_INVALID, DEPENDENCY_UNAVAILABLE */
  async declare(): Promise<void> {
    const { replicas, maxAgeMs, maxBytes, duplicateWindowMs, deadLetterMaxAgeMs } = this.#limits;
    await this.#declareStream({
      name: this.#subjects.events,
      // Where every server version keeps it, and where an operator sees it.
      description: `Marquee's event log, partitions: ${this.#subjects.partitions}`,
      subjects: this.#subjects.ofStream(),
      max_age: nanos(maxAgeMs),
      max_bytes: maxBytes,
      duplicate_window: nanos(maxAgeMs > 0 ? Math.min(duplicateWindowMs, maxAgeMs) : duplicateWindowMs),
      num_replicas: replicas,
      discard: DiscardPolicy.New,
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
    });
    await this.#declareStream({
      name: this.#subjects.deadLetters,
      subjects: this.#subjects.ofDeadLetters(),
      max_age: nanos(deadLetterMaxAgeMs),
      max_msgs_per_subject: 1,
      num_replicas: replicas,
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
    });
  }

  async #declareStream(wanted: Partial<StreamConfig> & { name: string; subjects: string[] }): Promise<void> {
    const { streams } = this.#link.manager;
    let info = await this.#info(wanted.name);
    if (info === undefined) {
      try {
        info = await streams.add(wanted);
      } catch (error) {
        // Another process may have been faster, with settings of its own.
        info = await this.#info(wanted.name);
        if (info === undefined) throw error;
      }
    }
    this.#check(info.config, wanted);
    const changed = ADJUSTABLE.filter((key) => wanted[key] !== undefined && wanted[key] !== info.config[key]);
    if (changed.length === 0) return;
    const from = Object.fromEntries(changed.map((key) => [key, info.config[key]]));
    const to = Object.fromEntries(changed.map((key) => [key, wanted[key]]));
    try {
      await streams.update(wanted.name, { ...info.config, ...to });
    } catch (cause) {
      const message = `stream ${wanted.name} cannot be changed from ${JSON.stringify(from)} to ${JSON.stringify(to)}: ${(cause as Error).message}`;
      throw new MarqueeError('CONFIG_INVALID', { message, cause });
    }
    this.#logger.warn({ stream: wanted.name, from, to }, 'the settings of a stream were changed');
  }

  #check(config: StreamConfig, wanted: { name: string; subjects: string[] }): void {
    const invalid = (message: string) =>
      new MarqueeError('CONFIG_INVALID', `stream ${wanted.name} ${message}`);
    if (config.subjects.join() !== wanted.subjects.join()) {
      throw invalid(`belongs to something else: its subjects are ${config.subjects.join(', ')}`);
    }
    if (config.storage !== StorageType.File || config.retention !== RetentionPolicy.Limits) {
      throw invalid(
        `has storage ${config.storage} and retention ${config.retention}; file and limits are needed`,
      );
    }
    if (wanted.name !== this.#subjects.events) return;
    const { partitions } = this.#subjects;
    const theirs = PARTITIONS.exec(config.description ?? '')?.[1];
    if (theirs === `${partitions}`) return;
    throw invalid(
      `has ${theirs ?? 'an unknown number of'} partitions, and ${partitions} are configured; their number is fixed for the life of a log`,
    );
  }

  async #info(name: string): Promise<StreamInfo | undefined> {
    try {
      return await this.#link.manager.streams.info(name);
    } catch (error) {
      if ((error as { api_error?: { err_code?: number } }).api_error?.err_code === NO_STREAM)
        return undefined;
      throw error;
    }
  }

  /** Of the newest event ever stored; purged ones count. */
  async lastSequence(): Promise<number> {
    return this.#ask('asking for the end of the log', async () => {
      const { state } = await this.#link.manager.streams.info(this.#subjects.events);
      return state.last_seq;
    });
  }

  /** Events of a partition after a sequence. Costs the server a consumer per type: for what nobody reads. */
  async count(partition: number, types: readonly EventType[] | undefined, after: number): Promise<number> {
    const inPartition = await this.#countIn(this.#subjects.ofPartition(partition, types), after);
    if (types === undefined || inPartition === 0) return inPartition;
    const counts = await Promise.all(
      types.map((type) => this.#countIn(this.#subjects.ofType(partition, type), after)),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** The server counts when a consumer is made; it is not used for anything else. */
  async #countIn(filter: string, after: number): Promise<number> {
    return this.#ask('counting events', async () => {
      const { consumers } = this.#link.manager;
      const { name, num_pending } = await consumers.add(this.#subjects.events, {
        ...startingAfter(after),
        ack_policy: AckPolicy.None,
        mem_storage: true,
        inactive_threshold: nanos(5_000),
        filter_subject: filter,
      });
      void consumers.delete(this.#subjects.events, name).catch(() => undefined);
      return num_pending;
    });
  }

  /** Overwrites these events' bytes; returns how many there were. */
  async erase(sequences: readonly number[]): Promise<number> {
    return this.#ask('erasing events', async () => {
      let erased = 0;
      for (let from = 0; from < sequences.length; from += ERASED_AT_ONCE) {
        const results = await Promise.all(
          sequences.slice(from, from + ERASED_AT_ONCE).map((sequence) => this.#eraseOne(sequence)),
        );
        erased += results.filter(Boolean).length;
      }
      return erased;
    });
  }

  async #eraseOne(sequence: number): Promise<boolean> {
    try {
      return await this.#link.manager.streams.deleteMessage(this.#subjects.events, sequence, true);
    } catch (error) {
      // Gone already: retention, or an erasure of the same profile elsewhere.
      if ((error as { api_error?: { err_code?: number } }).api_error?.err_code === NO_MESSAGE) return false;
      throw error;
    }
  }

  async allConsumers(): Promise<readonly ConsumerInfo[]> {
    return this.#ask('listing consumers', async () => {
      const all: ConsumerInfo[] = [];
      for await (const info of this.#link.manager.consumers.list(this.#subjects.events)) all.push(info);
      return all;
    });
  }

  async #ask<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      if (!this.#link.connected) throw new Error(`NATS at ${this.#link.servers} is away`);
      return await work();
    } catch (error) {
      throw natsFailure(error, what);
    }
  }
}

/** Where a consumer begins. */
export function startingAfter(sequence: number) {
  return sequence === 0
    ? { deliver_policy: DeliverPolicy.All }
    : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: sequence + 1 };
}
