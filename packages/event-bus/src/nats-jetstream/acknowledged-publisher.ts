/**
 * Publishes with a message id and waits for the stream's acknowledgement. An answer that does not come in time, or not
 * before the connection breaks, is a failure that says nothing about whether the message was stored: the caller publishes
 * it again with the same id, and the server tells it as a duplicate if it was.
 */
import { type NatsLink, natsFailure, subjectToken } from '@marquee/coordination/nats-connection';
import { MarqueeError } from '@marquee/service-kit';
import { createInbox, headers, type Msg, type Subscription } from 'nats';
import { ENCODING_HEADER, encodeBody } from './message-body.ts';
import type { SpooledEvent } from './spool.ts';
import { PROFILE_HEADER } from './subjects.ts';

export interface Stored {
  readonly sequence: number;
  readonly duplicate: boolean;
}

/** Of JetStream to a publish. */
interface Answer {
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly description: string };
}

interface Waiting {
  readonly deadline: number;
  readonly resolve: (stored: Stored) => void;
  readonly reject: (error: MarqueeError) => void;
}

const SWEEP_MS = 100;

export class AcknowledgedPublisher {
  readonly #link: NatsLink;
  readonly #timeoutMs: number;
  /** By the last token of the reply subject; oldest first. */
  readonly #waiting = new Map<string, Waiting>();
  #subscription: Subscription | undefined;
  #inbox = '';
  #sent = 0;
  #sweep: NodeJS.Timeout | undefined;
  #stopListening: () => void = () => undefined;

  constructor(link: NatsLink, timeoutMs: number) {
    this.#link = link;
    this.#timeoutMs = timeoutMs;
  }

  open(): void {
    this.#inbox = createInbox();
    this.#subscription = this.#link.connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.#answered(message);
      },
    });
    this.#stopListening = this.#link.onDisconnect(() => this.#failAll('the connection was lost'));
    this.#sweep = setInterval(() => this.#expire(), SWEEP_MS);
    this.#sweep.unref();
  }

  close(): void {
    clearInterval(this.#sweep);
    this.#stopListening();
    this.#subscription?.unsubscribe();
    this.#failAll('it was stopped');
  }

  /** @throws MarqueeError DEPENDENCY_UNAVAILABLE */
  publish({ subject, eventId, profileId, body }: SpooledEvent): Promise<Stored> {
    if (!this.#link.connected) return Promise.reject(failed('NATS is away'));
    const token = (this.#sent++).toString(36);
    const header = headers();
    header.set('Nats-Msg-Id', subjectToken(eventId));
    header.set(PROFILE_HEADER, subjectToken(profileId));
    const { data, encoding } = encodeBody(body);
    if (encoding !== undefined) header.set(ENCODING_HEADER, encoding);
    return new Promise((resolve, reject) => {
      this.#waiting.set(token, { deadline: performance.now() + this.#timeoutMs, resolve, reject });
      try {
        this.#link.connection.publish(subject, data, { headers: header, reply: `${this.#inbox}.${token}` });
      } catch (error) {
        this.#waiting.delete(token);
        reject(natsFailure(error, 'publishing'));
      }
    });
  }

  #answered(message: Msg): void {
    const token = message.subject.slice(this.#inbox.length + 1);
    const waiting = this.#waiting.get(token);
    if (waiting === undefined) return;
    this.#waiting.delete(token);
    // 503: nobody listens on the subject, e.g. while the stream has no leader.
    const answer = (message.headers?.code ?? 0) === 0 ? message.json<Answer>() : undefined;
    if (answer?.seq === undefined) {
      waiting.reject(failed(answer?.error?.description ?? 'the stream does not answer'));
      return;
    }
    waiting.resolve({ sequence: answer.seq, duplicate: answer.duplicate === true });
  }

  #expire(): void {
    const now = performance.now();
    for (const [token, { deadline, reject }] of this.#waiting) {
      if (deadline > now) return;
      this.#waiting.delete(token);
      reject(failed(`no acknowledgement within ${this.#timeoutMs} ms`));
    }
  }

  #failAll(reason: string): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(failed(reason));
  }
}

function failed(reason: string): MarqueeError {
  return new MarqueeError('DEPENDENCY_UNAVAILABLE', `the event log cannot be written: ${reason}`);
}
