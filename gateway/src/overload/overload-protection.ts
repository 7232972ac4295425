/**
 * Admission control on real requests: the clock, the one timer, and the log line when an overload begins and ends.
 *
 * Nobody is admitted in the turn of the event loop in which he came or another one ended, but after the sockets have
 * been read once more. Work that holds the loop would otherwise follow upon work, and those who wait would do so
 * unseen: in the buffers of their connections, and unconnected, in the queue of the listening socket.
 */
import { type Logger, MarqueeError, type Metrics } from '@marquee/service-kit';
import type { FastifyReply } from 'fastify';
import type { OverloadConfig } from '../config.ts';
import {
  AdmissionControl,
  type AdmissionState,
  type Applicant,
  type Learner,
  type Permit,
} from './admission-control.ts';
import { ConcurrencyLimit, DEFAULT_LIMIT_SETTINGS } from './concurrency-limit.ts';
import type { OperationWorth } from './criticality.ts';
import { type Criticality, WaitingLine } from './waiting-line.ts';

/**
 * They are short: reading sockets and refusing at the door. As many as bring the sooner ones of a flood to the door while a
 * page is made; work begins after them, whoever still comes.
 */
const MAX_TURNS = 64;
/**
 * What a mutation has to do is done by then; what is left of it is waiting until a worker has seen what was written. When no
 * worker does, those who wait must not hold what everybody else needs.
 */
const MUTATION_HOLDS_MS = 250;

/** One for all who are refused: where it was made says nothing, and under pressure there are hundreds in a second. */
const REFUSED = new MarqueeError('OVERLOADED', 'waited too long, or found the line or the door full');

const now = (): number => performance.now();

export class OverloadProtection {
  readonly #control: AdmissionControl;
  readonly #enabled: boolean;
  readonly #logger: Logger;
  /** Permits of requests that are being worked on. */
  readonly #permits = new WeakMap<FastifyReply, { permit: Permit; learner: Learner }>();
  /**
   * Let in under pressure in this turn of the event loop, what they want not read yet. Later turns do not count them:
   * whoever sends heads without bodies would shut the door with them.
   */
  #letIn = 0;
  /** Connections and requests that came to the door. */
  #noticed = 0;
  /** Came since the sockets were read last. */
  #arrived: { readonly applicant: Applicant; readonly criticality: Criticality; readonly at: number }[] = [];
  #turn: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pressed = false;

  constructor(config: OverloadConfig, logger: Logger, metrics?: Metrics) {
    this.#enabled = config.enabled;
    this.#logger = logger;
    metrics?.onCollect(() => {
      const { limit, waiting } = this.state();
      metrics.set('marquee_admission_limit', limit);
      metrics.set('marquee_admission_waiting', waiting);
    });
    const limit = new ConcurrencyLimit({ ...DEFAULT_LIMIT_SETTINGS, ...config.concurrency });
    this.#control = new AdmissionControl(limit, new WaitingLine<Applicant>(config.queue));
  }

  /**
   * To be told of every new connection. Node accepts one in a turn of the event loop, and reads from it in the next: who
   * stands behind it would be seen after as many pieces of work as there are connections before theirs.
   */
  connected(): void {
    this.#noticed++;
  }

  /**
   * To be asked before anything is spent on a request: its body, who sends it, what it wants.
   * @returns what to refuse it with, where it would only wait to be refused.
   */
  atDoor(): MarqueeError | undefined {
    this.#noticed++;
    if (!this.#enabled || !this.#control.pressed) return undefined;
    if (this.#control.turnsAway(this.#letIn + this.#arrived.length, now())) return REFUSED;
    if (this.#letIn === 0) {
      setImmediate(() => {
        this.#letIn = 0;
      });
    }
    this.#letIn++;
    return undefined;
  }

  /**
   * Resolves when the request may be worked on. The permit is given back by `answered`, or when the client goes away.
   *
   * @param learner learns how long it took. @throws MarqueeError OVERLOADED
   */
  async admit(
    reply: FastifyReply,
    { criticality, isMutation }: OperationWorth,
    learner: Learner,
  ): Promise<void> {
    if (!this.#enabled) return;
    const { promise, resolve, reject } = Promise.withResolvers<Permit>();
    const applicant: Applicant = {
      admitted: resolve,
      refused: () => reject(REFUSED),
    };
    const withdraw = (): void => {
      this.#arrived = this.#arrived.filter((arrival) => arrival.applicant !== applicant);
      this.#control.withdraw(applicant, now());
      reject(REFUSED);
      // Whoever was admitted in the same turn holds a permit all the same.
      promise.then(
        (permit) => this.#release(permit),
        () => undefined,
      );
    };
    if (this.#letIn > 0) this.#letIn--;
    // Taken back before its body was read: `close` does not come again, and nobody waits for the answer.
    if (reply.raw.destroyed) throw REFUSED;
    reply.raw.once('close', withdraw);
    this.#arrived.push({ applicant, criticality, at: now() });
    this.#lookNextTurn();
    try {
      const permit = await promise;
      this.#permits.set(reply, { permit, learner });
    } finally {
      reply.raw.off('close', withdraw);
    }
    // From here on going away gives the permit back and teaches nothing: half a request has no time.
    const gone = (): void => this.#give(reply, false);
    if (reply.raw.destroyed) gone();
    else reply.raw.once('close', gone);
    if (isMutation) {
      const held = setTimeout(gone, MUTATION_HOLDS_MS).unref();
      reply.raw.once('close', () => clearTimeout(held));
    }
  }

  /** The answer is complete, though perhaps not sent: a client that reads slowly holds no permit. */
  answered(reply: FastifyReply): void {
    this.#give(reply, true);
  }

  state(): AdmissionState {
    return this.#control.state();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
  }

  #give(reply: FastifyReply, learn: boolean): void {
    const held = this.#permits.get(reply);
    if (held === undefined) return;
    this.#permits.delete(reply);
    this.#release(held.permit, learn ? held.learner : undefined);
  }

  #release(permit: Permit, learner?: Learner): void {
    permit.release(now(), learner);
    // Without anybody who waits or pressure that may have ended there is nothing to look for.
    if (this.#control.waiting > 0 || this.#control.pressed || this.#pressed) this.#lookNextTurn();
  }

  #lookNextTurn(): void {
    this.#turn ??= setImmediate(() => this.#takeTurn(0, undefined));
  }

  /** As long as turns bring somebody, another one comes before the work. @param known how many had been noticed before. */
  #takeTurn(turns: number, known: number | undefined): void {
    const noticed = this.#noticed;
    if (noticed !== known && turns < MAX_TURNS) {
      this.#turn = setImmediate(() => this.#takeTurn(turns + 1, noticed));
      return;
    }
    this.#turn = undefined;
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const { applicant, criticality, at } of arrived) this.#control.apply(applicant, criticality, at);
    this.#control.look(now());
    this.#lookAgain();
  }

  /** One timer, for whoever would wait too long first. */
  #lookAgain(): void {
    clearTimeout(this.#timer);
    const next = this.#control.nextLook();
    if (next !== undefined) {
      this.#timer = setTimeout(
        () => {
          this.#control.look(now());
          this.#lookAgain();
        },
        Math.max(0, next - now()),
      ).unref();
    }
    const state = this.#control.state();
    if (state.pressed === this.#pressed) return;
    this.#pressed = state.pressed;
    if (state.pressed) this.#logger.warn(state, 'overloaded: requests are refused');
    else this.#logger.info(state, 'no longer overloaded');
  }
}
