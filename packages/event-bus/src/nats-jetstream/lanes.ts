/**
 * Lets work of one lane go one after the other and that of different lanes at the same time, so many at once. A lane is
 * a profile: its events are stored in order even if one of them gets lost on the way, because the next is sent only
 * after the one before was acknowledged.
 */
export class Lanes<T> {
  readonly #width: number;
  readonly #laneOf: (item: T) => string;
  readonly #work: (item: T) => Promise<void>;
  /** Waiting items of lanes in which one is being worked on. */
  readonly #lanes = new Map<string, T[]>();
  #ready: T[] = [];
  #from = 0;
  #active = 0;

  /** @param work must not reject. */
  constructor(width: number, laneOf: (item: T) => string, work: (item: T) => Promise<void>) {
    this.#width = width;
    this.#laneOf = laneOf;
    this.#work = work;
  }

  add(item: T): void {
    const lane = this.#laneOf(item);
    const waiting = this.#lanes.get(lane);
    if (waiting !== undefined) return void waiting.push(item);
    this.#lanes.set(lane, []);
    this.#ready.push(item);
    this.#start();
  }

  /** Forgets everything that was not begun. */
  clear(): void {
    for (const waiting of this.#lanes.values()) waiting.length = 0;
    for (const item of this.#ready.slice(this.#from)) this.#lanes.delete(this.#laneOf(item));
    this.#ready = [];
    this.#from = 0;
  }

  #start(): void {
    while (this.#active < this.#width && this.#from < this.#ready.length) {
      const item = this.#ready[this.#from++]!;
      if (this.#from > 1_024) {
        this.#ready = this.#ready.slice(this.#from);
        this.#from = 0;
      }
      this.#active++;
      void this.#work(item).then(() => this.#done(item));
    }
  }

  #done(item: T): void {
    this.#active--;
    const lane = this.#laneOf(item);
    const waiting = this.#lanes.get(lane);
    const next = waiting?.shift();
    if (next !== undefined) this.#ready.push(next);
    else this.#lanes.delete(lane);
    this.#start();
  }
}
