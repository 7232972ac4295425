/**
 * The subscriptions of one name in this process: together one member among all processes that use the name. The log's
 * partitions are divided among those by lease; each partition held here is read by a loop of its own, whose batches go
 * to the subscriptions in turn. Each subscription's handler is called once at a time.
 */

import type { NatsLink } from '@marquee/coordination/nats-connection';
import { subjectToken } from '@marquee/coordination/nats-connection';
import type { LinkedLeases } from '@marquee/coordination/nats-jetstream';
import type { DeliveredEvent } from '@marquee/domain';
import { MarqueeError, READY, type Readiness } from '@marquee/service-kit';
import type { ConsumerOptions } from '../index.ts';
import { DurableConsumer, durableLags } from './consumer-declarations.ts';
import type { EventStream } from './event-stream.ts';
import type { ProgressBoard } from './progress-board.ts';
import { PullReader } from './pull-reader.ts';
import { ReadingLoop, type ReadingParts, type Turn } from './reading-loop.ts';

export interface GroupParts extends ReadingParts {
  readonly link: NatsLink;
  readonly stream: EventStream;
  readonly leases: LinkedLeases;
  readonly board: ProgressBoard;
  /** All loops of the process, so that they can be told how far the log has gone. */
  readonly loops: Set<ReadingLoop>;
  /** Started subscriptions with a start of their own, so that they end with the bus. */
  readonly alone: Set<{ stop(): Promise<void> }>;
}

export const DEFAULT_BATCH_SIZE = 1_000;
export const DEFAULT_MAX_DELIVERIES = 5;

interface Member {
  readonly options: ConsumerOptions;
  /** The last call of its handler. */
  call: Promise<unknown>;
}

export class ConsumerGroup {
  readonly #parts: GroupParts;
  readonly #first: ConsumerOptions;
  readonly #partitions: readonly number[];
  readonly #members: Member[] = [];
  readonly #loops = new Map<number, ReadingLoop>();
  readonly #membership: ReturnType<LinkedLeases['partitionLeases']>;
  #turn = 0;
  #joined: Promise<void> | undefined;
  #stopListening: () => void = () => undefined;

  /** @param first of the subscriptions; the others must want the same types and partitions. */
  constructor(parts: GroupParts, first: ConsumerOptions) {
    this.#parts = parts;
    this.#first = first;
    const { partitions } = parts.subjects;
    this.#partitions = first.partitions ?? Array.from({ length: partitions }, (_, i) => i);
    this.#membership = parts.leases.partitionLeases(groupName(first.name), {
      partitions: first.partitions ?? partitions,
      onAssigned: (partition, fence) => this.#read(partition, fence),
      onRevoked: (partition) => this.#stopReading(partition),
    });
  }

  /** Highest position that all partitions have passed, wherever they are read. */
  get position(): number {
    const { board } = this.#parts;
    return Math.min(...this.#partitions.map((partition) => board.positionOf(this.#first.name, partition)));
  }

  async join(options: ConsumerOptions): Promise<void> {
    if (this.#members.some((member) => member.options === options)) return;
    if (typesOf(options) !== typesOf(this.#first)) {
      throw new MarqueeError(
        'CONFIG_INVALID',
        `consumers named ${options.name} must want the same event types`,
      );
    }
    this.#members.push({ options, call: Promise.resolve() });
    this.#joined ??= this.#begin();
    await this.#joined;
  }

  async #begin(): Promise<void> {
    this.#stopListening = this.#parts.board.listen(this.#first.name);
    await this.#membership.start();
  }

  /** Resolves when its handler is at rest; the last one to leave ends the delivery. */
  async leave(options: ConsumerOptions): Promise<void> {
    const index = this.#members.findIndex((member) => member.options === options);
    if (index < 0) return;
    const [member] = this.#members.splice(index, 1);
    if (this.#members.length === 0) await this.disband();
    await member!.call;
  }

  async disband(): Promise<void> {
    const members = this.#members.splice(0);
    if (this.#joined === undefined) return;
    await this.#joined.catch(() => undefined);
    this.#joined = undefined;
    await this.#membership.stop();
    this.#stopListening();
    await Promise.all(members.map((member) => member.call));
  }

  settled(partition: number, sequence: number, timeoutMs: number): Promise<boolean> {
    return this.#parts.board.waitFor(this.#first.name, partition, sequence, timeoutMs);
  }

  async lag(): Promise<number> {
    const { stream, board } = this.#parts;
    const { name, types } = this.#first;
    const readHere = (partition: number) => this.#loops.has(partition);
    const elsewhere = this.#partitions.every(readHere) ? undefined : await durableLags(stream, name);
    const counts = await Promise.all(
      this.#partitions.map(
        (partition) =>
          this.#loops.get(partition)?.lag() ??
          elsewhere?.get(partition) ??
          // Nobody has ever read it.
          stream.count(partition, types, board.positionOf(name, partition)),
      ),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  readiness(): Readiness {
    if (this.#members.length === 0) return { ready: false, detail: 'not started' };
    for (const [partition, { trouble }] of this.#loops) {
      // A consumer in trouble falls behind; what it feeds still answers, from what it had.
      if (trouble !== undefined)
        return { ready: true, detail: `partition ${partition}, retrying: ${trouble}` };
    }
    return READY;
  }

  /** Does not wait until it reads: while the server is away that takes long, and other partitions have to be given up. */
  #read(partition: number, fence: number): void {
    const { link, stream, subjects, logger, board } = this.#parts;
    const { name, types } = this.#first;
    const durable = new DurableConsumer({
      link,
      stream,
      streamName: subjects.events,
      name,
      partition,
      filter: subjects.ofPartition(partition, types),
      fence,
    });
    const loop = new ReadingLoop(this.#parts, {
      consumer: name,
      reader: new PullReader({
        link,
        stream: subjects.events,
        batchSize: this.#first.batchSize ?? DEFAULT_BATCH_SIZE,
        logger,
        open: ({ handled }) => durable.nextGeneration(handled),
      }),
      types,
      partitions: undefined,
      next: () => this.#next(),
      onPosition: (position) => board.moved(name, partition, position),
      onStuck: (stuck) => board.stuck(name, partition, stuck),
    });
    this.#loops.set(partition, loop);
    this.#parts.loops.add(loop);
    loop.start().catch((error: unknown) => {
      logger.debug({ consumer: name, partition, err: error }, 'reading of a partition did not begin');
    });
  }

  async #stopReading(partition: number): Promise<void> {
    const loop = this.#loops.get(partition);
    if (loop === undefined) return;
    await loop.stop();
    this.#loops.delete(partition);
    this.#parts.loops.delete(loop);
    this.#parts.board.ended(this.#first.name, partition);
  }

  #next(): Turn {
    const member = this.#members[this.#turn % Math.max(1, this.#members.length)];
    return {
      batchSize: member?.options.batchSize ?? DEFAULT_BATCH_SIZE,
      maxDeliveries: member?.options.maxDeliveries ?? DEFAULT_MAX_DELIVERIES,
      handle: (events) => {
        this.#turn++;
        return this.#hand(events, member);
      },
    };
  }

  /** To another member when the one whose turn it is has left. */
  async #hand(events: readonly DeliveredEvent[], preferred: Member | undefined): Promise<void> {
    const chosen = this.#members.find((one) => one === preferred) ?? this.#members[0];
    if (chosen === undefined) throw nobody(this.#first.name);
    const call = chosen.call.then(() => {
      if (!this.#members.includes(chosen)) throw nobody(this.#first.name);
      return chosen.options.handle(events);
    });
    chosen.call = call.catch(() => undefined);
    await call;
  }
}

/** Blameless: what is in hand is kept for the next attempt, which finds another member or the end. */
function nobody(name: string): MarqueeError {
  return new MarqueeError('DEPENDENCY_UNAVAILABLE', `consumer ${name} is being stopped`);
}

function groupName(consumer: string): string {
  const token = subjectToken(consumer);
  if (token.length <= 128) return token;
  throw new MarqueeError('BAD_USER_INPUT', {
    message: `consumer name ${consumer} is too long`,
    field: 'name',
  });
}

function typesOf(options: ConsumerOptions): string {
  return options.types === undefined ? '*' : [...options.types].sort().join();
}
