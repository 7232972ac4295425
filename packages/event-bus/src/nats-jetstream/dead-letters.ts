/** The stream of events that a consumer could not handle, each with the consumer, the reason and the event's own headers. */
import { type NatsLink, natsFailure } from '@marquee/coordination/nats-connection';
import type { MarqueeEvent, ProfileId } from '@marquee/domain';
import type { Logger } from '@marquee/service-kit';
import { headers, type MsgHdrs } from 'nats';
import type { DeadLetter } from '../index.ts';
import { ephemeralConsumer } from './consumer-declarations.ts';
import { decodeBody } from './message-body.ts';
import { type PulledMessage, PullReader } from './pull-reader.ts';
import { readThrough } from './read-through.ts';
import type { Subjects } from './subjects.ts';

const CONSUMER = 'Marquee-Consumer';
const SEQUENCE = 'Marquee-Sequence';
const REASON = 'Marquee-Reason';
const AT = 'Marquee-Dead-At';
/** Of a reason; headers are no place for more. */
const MAX_REASON = 1_000;

export interface Burial {
  readonly consumer: string;
  readonly message: PulledMessage;
  readonly profileId: ProfileId;
  readonly reason: string;
  readonly at: number;
}

export class DeadLetters {
  readonly #link: NatsLink;
  readonly #subjects: Subjects;
  readonly #logger: Logger;

  constructor(link: NatsLink, subjects: Subjects, logger: Logger) {
    this.#link = link;
    this.#subjects = subjects;
    this.#logger = logger;
  }

  /** Writing the same one again replaces it. @throws MarqueeError DEPENDENCY_UNAVAILABLE */
  async put({ consumer, message, profileId, reason, at }: Burial): Promise<void> {
    const letter = headersOf(message.headers);
    letter.set(CONSUMER, encodeURIComponent(consumer));
    letter.set(SEQUENCE, `${message.sequence}`);
    letter.set(REASON, encodeURIComponent(reason.slice(0, MAX_REASON).toWellFormed()));
    letter.set(AT, `${at}`);
    const subject = this.#subjects.ofDeadLetter(consumer, profileId, message.sequence);
    try {
      const js = this.#link.connection.jetstream({ timeout: this.#link.requestTimeoutMs });
      await js.publish(subject, message.data, { headers: letter });
    } catch (error) {
      throw natsFailure(error, 'writing a dead letter');
    }
    this.#logger.error({ consumer, sequence: message.sequence, reason }, 'event dead-lettered');
  }

  /** The newest first. */
  async list(limit: number): Promise<readonly DeadLetter[]> {
    try {
      const { state } = await this.#link.manager.streams.info(this.#subjects.deadLetters);
      // Replaced and purged ones leave gaps: reading begins further back until there are enough.
      for (let reach = Math.max(limit, 100); ; reach *= 4) {
        const after = Math.max(state.first_seq - 1, state.last_seq - reach);
        const messages = await this.#read(this.#subjects.ofDeadLetters()[0]!, after);
        if (messages.length >= limit || after <= state.first_seq - 1) {
          return messages
            .slice(-limit)
            .reverse()
            .map((message) => this.#letterOf(message))
            .filter((letter) => letter !== undefined);
        }
      }
    } catch (error) {
      throw natsFailure(error, 'reading dead letters');
    }
  }

  async purge(profileId: ProfileId, beforeSequence: number | undefined): Promise<void> {
    const { streams } = this.#link.manager;
    const filter = this.#subjects.ofProfilesDeadLetters(profileId);
    try {
      if (beforeSequence === undefined)
        return void (await streams.purge(this.#subjects.deadLetters, { filter }));
      for (const { subject } of await this.#read(filter, 0)) {
        if (this.#subjects.sequenceOfDeadLetter(subject) >= beforeSequence) continue;
        await streams.purge(this.#subjects.deadLetters, { filter: subject });
      }
    } catch (error) {
      throw natsFailure(error, 'purging dead letters');
    }
  }

  /** All there are now. */
  async #read(filter: string, after: number): Promise<PulledMessage[]> {
    const reader = new PullReader({
      link: this.#link,
      stream: this.#subjects.deadLetters,
      batchSize: 1_000,
      logger: this.#logger,
      open: ({ taken }) =>
        ephemeralConsumer(this.#link, this.#subjects.deadLetters, filter, Math.max(taken, after)),
    });
    const messages: PulledMessage[] = [];
    for await (const some of readThrough(reader)) messages.push(...some);
    return messages;
  }

  #letterOf(message: PulledMessage): DeadLetter | undefined {
    try {
      return {
        consumer: decodeURIComponent(message.headers?.get(CONSUMER) ?? ''),
        sequence: Number(message.headers?.get(SEQUENCE)),
        event: JSON.parse(decodeBody(message.data, message.headers)) as MarqueeEvent,
        reason: decodeURIComponent(message.headers?.get(REASON) ?? ''),
        at: Number(message.headers?.get(AT)),
      };
    } catch (error) {
      this.#logger.warn({ subject: message.subject, err: error }, 'a dead letter cannot be read');
      return undefined;
    }
  }
}

function headersOf(original: MsgHdrs | undefined): MsgHdrs {
  const copy = headers();
  for (const [key, values] of original ?? []) {
    // The id would make the server take a second consumer's letter for a repetition of the first one's.
    if (key !== 'Nats-Msg-Id') for (const value of values) copy.append(key, value);
    else copy.set('Marquee-Event-Id', values[0] ?? '');
  }
  return copy;
}
