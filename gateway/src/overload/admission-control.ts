/**
 * Who is worked on, who waits, who is refused: the concurrency limit and the waiting line put together. Pure: it
 * holds no timer and no clock, so that a test can run hours of load in a second; the hooks beside it do.
 *
 * The limit needs to know how long a request takes unhindered, and under pressure every request is hindered: by the
 * others that the limit admits. So now and then a few are worked on alone (Envoy's adaptive concurrency filter measures
 * its minRTT in the same way).
 */
import type { ConcurrencyLimit } from './concurrency-limit.ts';
import type { Company } from './service-time.ts';
import { CRITICAL, type Criticality, type WaitingLine } from './waiting-line.ts';

/** Under pressure only; some hundredths of the throughput. */
const TRIAL_EVERY_MS = 5_000;
const TRIAL_REQUESTS = 3;
/** Critical ones that may always wait under pressure: nobody must have to be fetched first when a permit is free. */
const MIN_WAITING = 2;
/** How much one request tells about what comes of late. */
const SHARE_WEIGHT = 0.02;

/** Somebody who asks to be worked on. Exactly one of the two is called, perhaps at once. */
export interface Applicant {
  admitted(permit: Permit): void;
  refused(): void;
}

/** What learns from how long a request took; answers with the ratio to the unhindered time. */
export interface Learner {
  observe(durationMs: number, company: Company): number;
}

export interface Permit {
  /**
   * Gives the permit back; every time but the first does nothing. Who comes next is found by the next `look`.
   * @param learn nothing for work that was given up.
   */
  release(now: number, learn?: Learner): void;
}

export interface AdmissionState {
  readonly limit: number;
  readonly inFlight: number;
  readonly waiting: number;
  readonly pressed: boolean;
  readonly admitted: number;
  readonly refused: number;
}

export class AdmissionControl {
  readonly #limit: ConcurrencyLimit;
  readonly #line: WaitingLine<Applicant>;
  #inFlight = 0;
  /** When more than one were last worked on at once. */
  #crowdedAt = Number.NEGATIVE_INFINITY;
  /** Requests still to be worked on alone. */
  #trials = 0;
  #triedAt = Number.NEGATIVE_INFINITY;
  /** Of those who came of late, which part was critical. */
  #criticalShare = 0;
  #admitted = 0;
  #refused = 0;

  constructor(limit: ConcurrencyLimit, line: WaitingLine<Applicant>) {
    this.#limit = limit;
    this.#line = line;
  }

  /**
   * Asked of a newcomer of whom nothing is known yet. Under pressure no more are let in than those that go first can be
   * worked on before they have waited too long: whoever else came would be refused after that wait, critical or not.
   * Half as many go before those who have waited for a while: whoever came last can be answered soonest.
   * Where only others wait, the door is open: those that go before them may be behind it.
   * @param coming let in and not applied yet. @returns true for who is refused with that.
   */
  turnsAway(coming: number, now: number): boolean {
    if (!this.#line.pressed) return false;
    const places = this.#places;
    const soon = coming * this.#criticalShare;
    if (this.#line.critical + soon < places || this.#line.fresh(now) + soon < places / 2) return false;
    this.#line.turnedAway(now);
    this.#refused++;
    return true;
  }

  /**
   * @param now when it came. Under pressure the next `look` decides: several may have come while work held the loop, and
   *   the first of them has waited as long as that took.
   */
  apply(applicant: Applicant, criticality: Criticality, now: number): void {
    this.#criticalShare += SHARE_WEIGHT * ((criticality === CRITICAL ? 1 : 0) - this.#criticalShare);
    const { pressed, length } = this.#line;
    if (!pressed && length === 0 && this.#trials === 0 && this.#inFlight < this.#limit.limit) {
      this.#admit(applicant, now);
      return;
    }
    const refused = this.#line.join(applicant, criticality, now);
    if (refused !== undefined) this.#refuse(refused);
    if (!pressed) this.look(now);
  }

  /** The applicant has gone away. Whoever was admitted already has to release the permit instead. */
  withdraw(applicant: Applicant, now: number): void {
    this.#line.leave(applicant);
    this.look(now);
  }

  /** Refuses who has waited too long, admits who can be, and refuses who was overtaken. To be called at `nextLook`. */
  look(now: number): void {
    for (const applicant of this.#line.expired(now)) this.#refuse(applicant);
    this.#considerTrial(now);
    while (this.#inFlight < (this.#trials > 0 ? 1 : this.#limit.limit)) {
      const next = this.#line.next(now);
      if (next === undefined) return;
      this.#admit(next, now);
    }
    if (!this.#line.pressed) return;
    for (const applicant of this.#line.overtaken(this.#places, now)) this.#refuse(applicant);
  }

  /** When somebody will have waited too long; undefined when nobody waits. */
  nextLook(): number | undefined {
    return this.#line.nextExpiry();
  }

  /** Whether the line does not drain. */
  get pressed(): boolean {
    return this.#line.pressed;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#line.length;
  }

  state(): AdmissionState {
    return {
      limit: this.#limit.limit,
      inFlight: this.#inFlight,
      waiting: this.#line.length,
      pressed: this.#line.pressed,
      admitted: this.#admitted,
      refused: this.#refused,
    };
  }

  /** Under pressure, for the critical in the line. */
  get #places(): number {
    return Math.max(MIN_WAITING, this.#limit.limit);
  }

  #admit(applicant: Applicant, admittedAt: number): void {
    this.#inFlight++;
    this.#admitted++;
    this.#noteCrowd(admittedAt);
    let held = true;
    applicant.admitted({
      release: (now, learn) => {
        if (!held) return;
        held = false;
        this.#noteCrowd(now);
        const company = this.#companySince(admittedAt);
        if (learn !== undefined) {
          this.#limit.observe(learn.observe(now - admittedAt, company), this.#inFlight, now);
        }
        if (company === 'trial') this.#trials--;
        this.#inFlight--;
      },
    });
  }

  #noteCrowd(now: number): void {
    if (this.#inFlight > 1) this.#crowdedAt = now;
  }

  #companySince(admittedAt: number): Company {
    if (this.#crowdedAt >= admittedAt) return 'crowded';
    return this.#trials > 0 ? 'trial' : 'alone';
  }

  #considerTrial(now: number): void {
    if (!this.#line.pressed) {
      this.#trials = 0;
      this.#limit.unhold();
    } else if (now - this.#triedAt >= TRIAL_EVERY_MS) {
      this.#triedAt = now;
      this.#trials = TRIAL_REQUESTS;
    }
  }

  #refuse(applicant: Applicant): void {
    this.#refused++;
    applicant.refused();
  }
}
