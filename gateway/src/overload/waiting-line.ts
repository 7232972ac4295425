/**
 * Requests that wait for their turn: bounded, by criticality, and with a limit on waiting that depends on whether
 * the line drains. A burst drains, and everybody in it is served. A line that does not drain is an overload: waiting
 * longer helps nobody, so the limit becomes CoDel's target. The further beyond what can be done, the sooner that shows:
 * a line that grows all the time is known as one before it has grown for an interval. Who goes first depends on the wait alone: beyond the target
 * it is the newest, who are the ones that can still be answered in time, whether this turns out to be a burst or not
 * (Nichols and Jacobson, "Controlling Queue Delay", 2012; Maurer, "Fail at Scale", 2015: adaptive LIFO). Pure: the time
 * comes in as an argument.
 */

/** Lower goes first. */
export const CRITICAL = 0;
export const BROWSE = 1;
export const PREFETCH = 2;
export type Criticality = typeof CRITICAL | typeof BROWSE | typeof PREFETCH;

export interface LineSettings {
  readonly limit: number;
  readonly maxWaitMs: number;
  readonly targetMs: number;
  readonly intervalMs: number;
  /** A line that grows without a pause for so long, and is long, is no burst; from the interval on without effect. */
  readonly onsetMs: number;
}

interface Place<T> {
  readonly item: T;
  readonly criticality: Criticality;
  readonly since: number;
}

/** The critical wait so many times longer before they are refused. */
const PATIENCE = [2, 1, 1] as const;
/** Of the time until the next is taken. Whoever has waited for longer gives way to who comes now. */
const FRESH = 0.5;
/** An onset is looked at in so many parts; in each of them more have to come than are taken. */
const ONSET_PARTS = 3;
/** An interval has at least so many: what does not drain is known soon after it has lasted for one, and no one pause is one. */
const MIN_PARTS = 4;
const MAX_PARTS = 64;
/** Who would come now had to wait for so much of an interval, or the line is not long: a few at once always are a line. */
const ONSET_WAIT = 0.5;
/** Without a refusal for so many intervals, the overload is over. Few: a pause of the machine is no overload. */
const CALM_INTERVALS = 2;

/** What happened in a part of an interval. */
interface Part {
  arrivals: number;
  departures: number;
  wasEmpty: boolean;
  /** More than its part of the interval where nobody looked. */
  lastedMs: number;
}

export class WaitingLine<T> {
  readonly #settings: LineSettings;
  /** One list per criticality, oldest first. */
  readonly #lines: readonly [Place<T>[], Place<T>[], Place<T>[]] = [[], [], []];
  readonly #partMs: number;
  #length = 0;
  #pressed = false;
  #droppedAt = Number.NEGATIVE_INFINITY;
  #partStart = 0;
  /** Between two who are taken, of late. */
  #takenEveryMs = Number.POSITIVE_INFINITY;
  #part: Part = { arrivals: 0, departures: 0, wasEmpty: true, lastedMs: 0 };
  /** The last ones, oldest first: an interval's where so much has passed. */
  #parts: readonly Part[] = [];

  constructor(settings: LineSettings) {
    this.#settings = settings;
    const { onsetMs, intervalMs } = settings;
    const partMs = Math.min(onsetMs / ONSET_PARTS, intervalMs / MIN_PARTS);
    this.#partMs = Math.max(partMs, intervalMs / MAX_PARTS);
  }

  get length(): number {
    return this.#length;
  }

  /** Whether the line does not drain. */
  get pressed(): boolean {
    return this.#pressed;
  }

  /** Those before whom nobody goes. */
  get critical(): number {
    return this.#lines[CRITICAL].length;
  }

  /** Of those before whom nobody goes, they who have only just come. */
  fresh(now: number): number {
    const since = now - Math.min(FRESH * this.#takenEveryMs, this.#settings.targetMs);
    const first = this.#lines[CRITICAL].findIndex((place) => place.since > since);
    return first < 0 ? 0 : this.#lines[CRITICAL].length - first;
  }

  /**
   * Takes out the oldest of those before whom nobody goes, beyond so many: where the newest go first, and keep coming, it would never be
   * their turn.
   */
  overtaken(beyond: number, now: number): T[] {
    const line = this.#lines[CRITICAL];
    const gone: T[] = [];
    while (line.length > beyond) gone.push(this.#remove(line, 0).item);
    if (gone.length > 0) this.#droppedAt = now;
    return gone;
  }

  /**
   * Takes a place. When the line is full the oldest of the least critical gives up its own, the newcomer itself
   * when nobody is less critical and the line drains.
   * @returns who was refused for it.
   */
  join(item: T, criticality: Criticality, now: number): T | undefined {
    this.#advance(now);
    this.#part.arrivals++;
    const full = this.#length >= this.#settings.limit;
    const victims = full ? this.#leastCritical() : undefined;
    if (full) {
      this.#droppedAt = now;
      const worst = victims?.[0]?.criticality;
      if (worst === undefined || worst < criticality || (worst === criticality && !this.#pressed))
        return item;
    }
    this.#lines[criticality].push({ item, criticality, since: now });
    this.#length++;
    return victims === undefined ? undefined : this.#remove(victims, 0).item;
  }

  /** Somebody came and was not let in: the line drains no better for it. */
  turnedAway(now: number): void {
    this.#advance(now);
    this.#part.arrivals++;
    this.#droppedAt = now;
  }

  /** Whose turn it is. Whoever has waited too long was to be taken out by `expired` before. */
  next(now: number): T | undefined {
    this.#advance(now);
    const line = this.#lines.find((places) => places.length > 0);
    if (line === undefined) return undefined;
    this.#part.departures++;
    const late = this.#pressed || now - line[0]!.since > this.#settings.targetMs;
    return this.#remove(line, late ? line.length - 1 : 0).item;
  }

  /** Takes out those who have waited too long. */
  expired(now: number): T[] {
    this.#advance(now);
    const gone: T[] = [];
    for (const line of this.#lines) {
      while (line.length > 0 && now >= this.#end(line[0]!)) gone.push(this.#remove(line, 0).item);
    }
    if (gone.length > 0) this.#droppedAt = now;
    return gone;
  }

  /** When `expired` would next find somebody, as things are; undefined when nobody waits. */
  nextExpiry(): number | undefined {
    const ends = this.#lines.flatMap((line) => (line.length === 0 ? [] : [this.#end(line[0]!)]));
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  /** Takes out somebody who no longer wants to wait. */
  leave(item: T): boolean {
    for (const line of this.#lines) {
      const index = line.findIndex((place) => place.item === item);
      if (index < 0) continue;
      this.#remove(line, index);
      return true;
    }
    return false;
  }

  #end({ since, criticality }: Place<T>): number {
    const { maxWaitMs, targetMs } = this.#settings;
    return since + (this.#pressed ? Math.min(maxWaitMs, targetMs * PATIENCE[criticality]) : maxWaitMs);
  }

  #leastCritical(): Place<T>[] | undefined {
    return this.#lines.findLast((line) => line.length > 0);
  }

  #remove(line: Place<T>[], index: number): Place<T> {
    const [place] = line.splice(index, 1);
    this.#length--;
    if (this.#length === 0) this.#part.wasEmpty = true;
    return place!;
  }

  /** Looks at what has just passed. */
  #advance(now: number): void {
    const lastedMs = now - this.#partStart;
    if (lastedMs < this.#partMs) return;
    const { intervalMs } = this.#settings;
    const parts = [...this.#parts, { ...this.#part, lastedMs }];
    const ofInterval = lastParts(parts, intervalMs, MIN_PARTS);
    this.#parts = ofInterval.length > 0 ? ofInterval : parts;
    this.#takenEveryMs = sum(this.#parts, 'lastedMs') / sum(this.#parts, 'departures');
    if (this.#lasts() || this.#isOnset()) this.#pressed = true;
    else if (now - this.#droppedAt >= CALM_INTERVALS * intervalMs) this.#pressed = false;
    this.#partStart = now;
    this.#part = { arrivals: 0, departures: 0, wasEmpty: this.#length === 0, lastedMs: 0 };
  }

  /** In both halves of the interval it was never empty and more came than were taken: a burst has stopped coming by the second. */
  #lasts(): boolean {
    const parts = lastParts(this.#parts, this.#settings.intervalMs, MIN_PARTS);
    const later = lastParts(parts, sum(parts, 'lastedMs') / 2, MIN_PARTS / 2);
    return later.length > 0 && grew(later) && grew(parts.slice(0, -later.length));
  }

  /**
   * It has grown all the time, and is long. How long it takes to get through it tells who has been taken; where nobody was, the
   * machine paused.
   */
  #isOnset(): boolean {
    const { intervalMs, onsetMs } = this.#settings;
    if (onsetMs >= intervalMs) return false;
    const parts = lastParts(this.#parts, onsetMs, ONSET_PARTS);
    const taken = sum(parts, 'departures');
    if (taken === 0 || !parts.every((part) => grew([part]))) return false;
    return (this.#length * sum(parts, 'lastedMs')) / taken >= ONSET_WAIT * intervalMs;
  }
}

/**
 * As few as have lasted for so long. A part lasts longer than it should where work held the loop.
 * @returns none where so much has not passed.
 */
function lastParts(parts: readonly Part[], forMs: number, atLeast: number): readonly Part[] {
  let lastedMs = 0;
  for (let from = parts.length - 1; from >= 0; from--) {
    lastedMs += (parts[from] as Part).lastedMs;
    // What is added up of thirds may be a little less than the whole.
    if (lastedMs >= forMs - 1e-6 && parts.length - from >= atLeast) return parts.slice(from);
  }
  return [];
}

function grew(parts: readonly Part[]): boolean {
  return parts.every(({ wasEmpty }) => !wasEmpty) && sum(parts, 'arrivals') > sum(parts, 'departures');
}

function sum(parts: readonly Part[], of: 'arrivals' | 'departures' | 'lastedMs'): number {
  return parts.reduce((all, part) => all + part[of], 0);
}
