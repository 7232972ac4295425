/**
 * All subscriptions of one name: one cursor over the log, whose batches go to the members in turn. A single
 * cursor keeps the order of every profile without partitioning.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, DeliveredEvent } from '@marquee/domain';
import { type Logger, MarqueeError, READY, type Readiness } from '@marquee/service-kit';
import { deliver } from '../delivery/delivery.ts';
import { PositionWaiters } from '../delivery/position-waiters.ts';
import type { ConsumerOptions } from '../index.ts';
import type { EventLog } from './event-log.ts';

export interface ConsumerGroupOptions {
  readonly name: string;
  /** Throws while the bus is not started. */
  log(): EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly firstRetryMs: number;
  readonly maxRetryMs: number;
  /** Tells that the position has moved and should be kept before long. */
  onPosition(name: string, position: number): void;
}

export class ConsumerGroup {
  readonly #options: ConsumerGroupOptions;
  readonly #members: ConsumerOptions[] = [];
  readonly #waiters = new PositionWaiters();
  #position = 0;
  #turn = 0;
  #started: Promise<void> | undefined;
  #loop: Promise<void> | undefined;
  #stopping: AbortController | undefined;
  #wake: (() => void) | undefined;
  #trouble: string | undefined;
  /** The call of a handler that is running now. */
  #inHand: { member: ConsumerOptions; done: Promise<void> } | undefined;

  constructor(options: ConsumerGroupOptions) {
    this.#options = options;
  }

  get position(): number {
    return this.#position;
  }

  async join(member: ConsumerOptions): Promise<void> {
    if (this.#members.includes(member)) return;
    const peer = this.#members[0];
    if (peer !== undefined && typesOf(peer) !== typesOf(member)) {
      throw new MarqueeError(
        'CONFIG_INVALID',
        `consumers named ${member.name} must want the same event types`,
      );
    }
    const log = this.#options.log();
    this.#members.push(member);
    this.#started ??= this.#begin(log, member);
    try {
      await this.#started;
    } catch (error) {
      this.#members.length = 0;
      this.#started = undefined;
      throw error;
    }
  }

  async #begin(log: EventLog, member: ConsumerOptions): Promise<void> {
    this.#moveTo(await startingPosition(log, member));
    this.#stopping = new AbortController();
    this.#loop = this.#run(log, this.#stopping.signal);
  }

  /** Resolves when the member's handler is at rest; the last one to leave ends the delivery. */
  async leave(member: ConsumerOptions): Promise<void> {
    const index = this.#members.indexOf(member);
    if (index >= 0) this.#members.splice(index, 1);
    if (this.#members.length === 0) return this.disband();
    if (this.#inHand?.member === member) await this.#inHand.done;
  }

  /** Ends the delivery to all members, after the batch in flight. */
  async disband(): Promise<void> {
    this.#members.length = 0;
    await this.#started?.catch(() => undefined);
    this.#stopping?.abort();
    this.notify();
    await this.#loop;
    this.#loop = undefined;
    this.#started = undefined;
  }

  /** There may be more in the log. */
  notify(): void {
    this.#wake?.();
  }

  settled(sequence: number, timeoutMs: number): Promise<boolean> {
    return this.#waiters.waitFor(sequence, timeoutMs);
  }

  lag(member: ConsumerOptions): Promise<number> {
    const log = this.#options.log();
    if (this.#position >= log.lastSequence) return Promise.resolve(0);
    return log.count({ after: this.#position, upTo: log.lastSequence, types: member.types });
  }

  readiness(): Readiness {
    if (this.#loop === undefined) return { ready: false, detail: 'not started' };
    // A consumer in trouble falls behind; what it feeds still answers, from what it had.
    return this.#trouble === undefined ? READY : { ready: true, detail: `retrying: ${this.#trouble}` };
  }

  async #run(log: EventLog, signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const upTo = log.lastSequence;
      if (this.#position >= upTo) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      try {
        await this.#step(log, upTo, signal);
        failures = 0;
      } catch (error) {
        this.#fail(error, ++failures);
        await this.#backOff(failures, signal);
      }
    }
  }

  async #step(log: EventLog, upTo: number, signal: AbortSignal): Promise<void> {
    const member = this.#members[this.#turn++ % this.#members.length];
    if (member === undefined) return;
    const limit = member.batchSize ?? 1_000;
    const { events, complete } = await log.read({ after: this.#position, upTo, types: member.types, limit });
    if (events.length > 0) {
      const done = await deliver(events, {
        maxDeliveries: member.maxDeliveries ?? 5,
        handle: (batch) => this.#hand(batch, member),
        onHandled: (sequence) => this.#moveTo(sequence),
        onFailure: (error, _batch, failures) => this.#fail(error, failures),
        deadLetter: async ({ sequence, event }, error) => {
          const reason = error instanceof Error ? error.message : String(error);
          const at = this.#options.clock.now();
          await log.putDeadLetter({ consumer: member.name, sequence, event, reason, at });
          this.#options.logger.error({ consumer: member.name, sequence, err: error }, 'event dead-lettered');
        },
        backOff: (failures) => this.#backOff(failures, signal),
      });
      if (!done) return;
    }
    this.#trouble = undefined;
    if (complete) this.#moveTo(upTo);
  }

  /** To another member when this one has left between two attempts. */
  async #hand(batch: readonly DeliveredEvent[], preferred: ConsumerOptions): Promise<void> {
    const member = this.#members.includes(preferred) ? preferred : (this.#members[0] ?? preferred);
    const call = member.handle(batch);
    const done = call.catch(() => undefined);
    this.#inHand = { member, done };
    await call;
  }

  #moveTo(sequence: number): void {
    this.#position = sequence;
    this.#waiters.reached(sequence);
    this.#options.onPosition(this.#options.name, sequence);
  }

  #fail(error: unknown, failures: number): void {
    this.#trouble = error instanceof Error ? error.message : String(error);
    this.#options.logger.warn(
      { consumer: this.#options.name, failures, err: error },
      'events were not handled',
    );
  }

  async #backOff(failures: number, signal: AbortSignal): Promise<boolean> {
    const { firstRetryMs, maxRetryMs } = this.#options;
    const waitMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 20));
    await delay(waitMs, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }
}

function typesOf(options: ConsumerOptions): string {
  return options.types === undefined ? '*' : [...options.types].sort().join();
}

async function startingPosition(log: EventLog, member: ConsumerOptions): Promise<number> {
  const position = member.startAfter ?? (await log.position(member.name));
  if (position > log.lastSequence) {
    // Going on would skip the next events in silence.
    throw new MarqueeError(
      'DATA_CORRUPT',
      `consumer ${member.name} has handled event ${position}, but the event log ends at ${log.lastSequence}`,
    );
  }
  return position;
}
