/** A server of one processor under load, in simulated time: hours of it in a second. */
import { AdmissionControl, type Applicant, type Permit } from '../admission-control.ts';
import { ConcurrencyLimit, DEFAULT_LIMIT_SETTINGS } from '../concurrency-limit.ts';
import { ServiceTime } from '../service-time.ts';
import { BROWSE, type Criticality, WaitingLine } from '../waiting-line.ts';

export const LIMIT = { ...DEFAULT_LIMIT_SETTINGS, min: 2, max: 64 };
export const LINE = { limit: 64, maxWaitMs: 2_000, targetMs: 20, intervalMs: 100, onsetMs: 40 };

export function control(limit = LIMIT, line = LINE): AdmissionControl {
  return new AdmissionControl(new ConcurrencyLimit(limit), new WaitingLine<Applicant>(line));
}

/** A server of one processor: what is admitted shares it. Time is simulated. */
export class Simulation {
  readonly admission: AdmissionControl;
  readonly latencies: number[] = [];
  readonly refusedAfter: number[] = [];
  readonly refused: Criticality[] = [];
  /** Twenty times a second of the last run. */
  readonly limits: number[] = [];
  now = 0;
  #working: { permit: Permit; left: number; arrived: number }[] = [];
  readonly #time = new ServiceTime();

  constructor(admission = control()) {
    this.admission = admission;
  }

  arrive(serviceMs: number, criticality: Criticality = BROWSE): { outcome?: 'admitted' | 'refused' } {
    const arrived = this.now;
    const seen: { outcome?: 'admitted' | 'refused' } = {};
    this.admission.apply(
      {
        admitted: (permit) => {
          seen.outcome = 'admitted';
          this.#working.push({ permit, left: serviceMs, arrived });
        },
        refused: () => {
          seen.outcome = 'refused';
          this.refusedAfter.push(this.now - arrived);
          this.refused.push(criticality);
        },
      },
      criticality,
      this.now,
    );
    this.admission.look(this.now);
    return seen;
  }

  /** One millisecond of the processor, shared. */
  tick(): void {
    this.now++;
    const share = 1 / Math.max(1, this.#working.length);
    for (const work of this.#working) work.left -= share;
    const done = this.#working.filter(({ left }) => left <= 1e-9);
    this.#working = this.#working.filter(({ left }) => left > 1e-9);
    for (const { permit, arrived } of done) {
      this.latencies.push(this.now - arrived);
      permit.release(this.now, this.#time);
    }
    this.admission.look(this.now);
  }

  run(
    durationMs: number,
    perSecond: number,
    serviceMs: number | (() => number),
    criticality?: () => Criticality,
  ): void {
    let due = 0;
    this.limits.length = 0;
    for (let elapsed = 0; elapsed < durationMs; elapsed++) {
      for (due += perSecond / 1_000; due >= 1; due--) {
        this.arrive(typeof serviceMs === 'number' ? serviceMs : serviceMs(), criticality?.());
      }
      this.tick();
      if (elapsed % 50 === 0) this.limits.push(this.admission.state().limit);
    }
  }

  /** What each wants is read in the millisecond after the one in which it came. */
  runWithDoor(durationMs: number, perSecond: number, serviceMs: number, criticality: () => Criticality) {
    let [due, atDoor, letIn] = [0, 0, 0];
    let coming: Criticality[] = [];
    for (let elapsed = 0; elapsed < durationMs; elapsed++) {
      for (const each of coming.splice(0)) this.arrive(serviceMs, each);
      for (due += perSecond / 1_000; due >= 1; due--) {
        const wanted = criticality();
        if (this.admission.turnsAway(coming.length, this.now)) atDoor++;
        else {
          coming = [...coming, wanted];
          letIn++;
        }
      }
      this.tick();
    }
    return { atDoor, letIn };
  }

  drain(): void {
    for (let i = 0; i < 100_000 && this.#working.length > 0; i++) this.tick();
  }
}

/** Log-normal, as times of pages are. */
export function pageTimes(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => 35 * Math.exp(0.47 * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
}

export const percentile = (values: readonly number[], p: number): number =>
  [...values].sort((a, b) => a - b)[Math.ceil((p / 100) * values.length) - 1] ?? Number.NaN;
