/**
 * Requests that wait for their turn: bounded, by criticality, and with a limit on waiting that depends on whether
 * the line drains. A burst drains, and everybody in it is served. A line that does not drain is an overload: waiting
 * longer helps nobody, so the limit becomes CoDel's target. Who goes first depends on the wait alone: beyond the target
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
}

interface Place<T> {
  readonly item: T;
  readonly criticality: Criticality;
  readonly since: number;
}

/** The critical wait so many times longer before they are refused. */
const PATIENCE = [2, 1, 1] as const;
/** An interval is looked at in so many parts, so that what does not drain is known soon after it has lasted for one. */
const PARTS = 4;
/** Without a refusal for so many intervals, the overload is over. Few: a pause of the machine is no overload. */
const CALM_INTERVALS = 2;

/** What happened in a part of an interval. */
interface Part {
  arrivals: number;
  departures: number;
  wasEmpty: boolean;
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
  #part: Part = { arrivals: 0, departures: 0, wasEmpty: true };
  /** The last ones, oldest first. */
  #parts: readonly Part[] = [];

  constructor(settings: LineSettings) {
    this.#settings = settings;
    this.#partMs = settings.intervalMs / PARTS;
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

  /**
   * Looks at the interval that has just passed. The line does not drain when in both halves of it it was never empty and no
   * fewer came than were taken: a burst, however large, has stopped coming by the second.
   */
  #advance(now: number): void {
    if (now - this.#partStart < this.#partMs) return;
    this.#parts = [...this.#parts.slice(1 - PARTS), this.#part];
    const [earlier, later] = [this.#parts.slice(0, -PARTS / 2), this.#parts.slice(-PARTS / 2)];
    if (this.#parts.length === PARTS && grew(earlier) && grew(later)) this.#pressed = true;
    else if (now - this.#droppedAt >= CALM_INTERVALS * this.#settings.intervalMs) this.#pressed = false;
    this.#partStart = now;
    this.#part = { arrivals: 0, departures: 0, wasEmpty: this.#length === 0 };
  }
}

function grew(parts: readonly Part[]): boolean {
  if (parts.some(({ wasEmpty }) => wasEmpty)) return false;
  const came = parts.reduce((sum, { arrivals }) => sum + arrivals, 0);
  return came > 0 && came >= parts.reduce((sum, { departures }) => sum + departures, 0);
}
