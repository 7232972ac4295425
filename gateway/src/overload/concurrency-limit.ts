/**
 * How many requests to work on at once, learned from how long they take. More of them at once only helps until
 * something is saturated; from there on it makes all of them slower. The limit follows the gradient between the
 * time a request takes now and the time it takes when nothing is in its way (Netflix, "Performance Under Load",
 * 2018). Pure: no clock, no timers.
 *
 * Times come as a ratio to the time the same operation takes unhindered, because operations differ by a hundred
 * times and a change of the mix must not look like congestion. One operation differs from itself too: a home page from
 * a stored slate takes a tenth of one that is computed, and its unhindered time is that of the quick ones. Congestion
 * makes all of them slower, the quick ones included, so a window is judged by its quicker quarter: a mean would take every
 * wave of computed pages for an overload and refuse what an idle machine could answer.
 *
 * Windows are short, and a limit that is only ever tried and given up again is tried half of the time: where one request at
 * a time is all that helps, two were worked on in most seconds of an overload. So what is weighed over more requests and found
 * too high is left alone for a while, longer each time.
 */

export interface LimitSettings {
  /** Never below: also on two cores there is waiting to overlap. */
  readonly min: number;
  readonly max: number;
  readonly initial: number;
  /** How much slower than unhindered is still fine. */
  readonly tolerance: number;
  /** Samples are judged together, at most this often. */
  readonly windowMs: number;
  /** Fewer say nothing. */
  readonly windowSamples: number;
}

export const DEFAULT_LIMIT_SETTINGS: Omit<LimitSettings, 'min' | 'max'> = {
  initial: 4,
  tolerance: 1.5,
  windowMs: 100,
  windowSamples: 4,
};

/** Of a window's ratios, from the smallest. */
const JUDGED_AT = 0.25;
/** A window of a very busy gateway is judged by its first ones. */
const MAX_SAMPLES = 1_024;
/** One window never takes more than half of the limit: a single pause is not an overload. */
const STEEPEST = 0.5;
/** Down at once, up with care: too high a limit costs everybody, too low a one costs the refused. */
const STEP_DOWN = 1;
const STEP_UP = 0.2;

/** Above, one more or less makes little difference. */
const MOST_WEIGHED = 8;
/** As many as tell two at once on one processor, which take twice as long, from two on two of them. */
const WEIGHED_SAMPLES = 16;
/** Of what was found too high before: whoever is worked on meanwhile pays for the question. */
const SAMPLES_AGAIN = 8;
const CERTAINLY_SLOWER = 1.7;
/**
 * Beyond the square root of how many they are, requests at once have less *power* than one at a time: throughput by time (Kleinrock, "Power and
 * Deterministic Rules of Thumb", 1979), which is how many they are by the square of their ratio. Two that take half as long again answer a third more
 * at best, and everybody pays for it.
 */
const slowerAt = (level: number): number => Math.min(CERTAINLY_SLOWER, Math.sqrt(level));
const FIRST_HOLD_MS = 20_000;
const LONGEST_HOLD_MS = 60_000;

export class ConcurrencyLimit {
  readonly #settings: LimitSettings;
  #limit: number;
  #windowStart = Number.NEGATIVE_INFINITY;
  #ratios: number[] = [];
  #peak = 0;
  /** Of requests that had as many beside them as the limit allows, by the limit. */
  readonly #weighed = new Map<number, number[]>();
  #ceiling = Number.POSITIVE_INFINITY;
  #heldUntil = Number.NEGATIVE_INFINITY;
  #holdMs = FIRST_HOLD_MS;

  constructor(settings: LimitSettings) {
    this.#settings = settings;
    this.#limit = clamp(settings.initial, settings.min, settings.max);
  }

  /** Whole requests, at least `min`. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /**
   * A request has ended.
   *
   * @param ratio its time by its unhindered time. @param inFlight requests worked on when it ended, itself
   *   included. @param now milliseconds, never going back.
   */
  observe(ratio: number, inFlight: number, now: number): void {
    if (this.#ratios.length === 0) this.#windowStart = now;
    if (this.#ratios.length < MAX_SAMPLES) this.#ratios.push(Number.isFinite(ratio) ? Math.max(1, ratio) : 1);
    this.#peak = Math.max(this.#peak, inFlight);
    if (inFlight >= this.limit) this.#weigh(ratio, now);
    const { windowSamples, windowMs } = this.#settings;
    if (this.#ratios.length < windowSamples || now - this.#windowStart < windowMs) return;
    this.#judge(quickerQuarter(this.#ratios), now);
    this.#ratios = [];
    this.#peak = 0;
  }

  /** Whoever came was worked on in time of late: what was found too high is tried again. */
  unhold(): void {
    this.#heldUntil = Number.NEGATIVE_INFINITY;
  }

  #judge(ratio: number, now: number): void {
    const { min, tolerance } = this.#settings;
    const max = now < this.#heldUntil ? this.#ceiling : this.#settings.max;
    // Too few at once to learn anything about more of them.
    if (this.#peak < this.#limit / 2) return;
    const gradient = clamp(tolerance / ratio, STEEPEST, 1);
    // Nothing is tried beyond the limit while it is seen to be too high: it would settle one above what is tolerable. Nor while it is not reached: what comes
    // with an overload would be worked on all at once, and all of it late.
    if (gradient === 1 && this.#peak < this.limit) return;
    const wanted = this.#limit * gradient + (gradient < 1 ? 0 : headroom(this.#limit));
    const step = wanted < this.#limit ? STEP_DOWN : STEP_UP;
    this.#limit = clamp(this.#limit + step * (wanted - this.#limit), min, max);
  }

  #weigh(ratio: number, now: number): void {
    const level = this.limit;
    if (level > MOST_WEIGHED || level <= this.#settings.min) return;
    const ratios = this.#weighed.get(level) ?? [];
    this.#weighed.set(level, ratios);
    ratios.push(ratio);
    const isAgain = now < this.#heldUntil + this.#holdMs;
    if (ratios.length < (isAgain ? SAMPLES_AGAIN : WEIGHED_SAMPLES)) return;
    this.#weighed.delete(level);
    if (quickerQuarter(ratios) <= slowerAt(level)) return;
    this.#holdMs = isAgain ? Math.min(LONGEST_HOLD_MS, 2 * this.#holdMs) : FIRST_HOLD_MS;
    this.#heldUntil = now + this.#holdMs;
    this.#ceiling = level - 1;
    this.#limit = Math.min(this.#limit, this.#ceiling);
  }
}

function quickerQuarter(ratios: number[]): number {
  return ratios.sort((a, b) => a - b)[Math.floor((ratios.length - 1) * JUDGED_AT)] as number;
}

/** What is tried beyond the limit: without it a limit would never grow. */
function headroom(limit: number): number {
  return Math.max(1, Math.sqrt(limit) / 2);
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
