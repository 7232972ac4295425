/**
 * Log lines about failures, few of a kind. While a subgraph is away every request fails in the same way: a line for each,
 * or for each of its fields, would cost the processor time that the fallbacks need, fill the disk and say nothing new.
 * What was left out is counted in the next line of its kind; which requests failed stands in the line that each
 * request has anyway.
 */
import type { Logger } from '@marquee/service-kit';

export interface FailureLogOptions {
  readonly logger: Logger;
  /** Default error. */
  readonly level?: 'warn' | 'error';
  /** Lines of one kind within `windowMs`; more are only counted. Default 5. */
  readonly lines?: number;
  /** Default 10,000. */
  readonly windowMs?: number;
  /** Milliseconds of any clock that only goes forward. */
  readonly now?: () => number;
}

interface Kind {
  windowEnds: number;
  written: number;
  leftOut: number;
}

/** Codes by subgraphs are few; somebody who makes codes up gets one kind for all of the rest. */
const MAX_KINDS = 100;
const OTHERS = 'others';

export class FailureLog {
  readonly #logger: Logger;
  readonly #level: 'warn' | 'error';
  readonly #lines: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  readonly #kinds = new Map<string, Kind>();

  constructor(options: FailureLogOptions) {
    const { logger, level = 'error', lines = 5, windowMs = 10_000, now = () => performance.now() } = options;
    this.#logger = logger;
    this.#level = level;
    this.#lines = lines;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /** @param kind what failures have in common, e.g. code and subgraph. */
  write(kind: string, fields: Readonly<Record<string, unknown>>, message: string): void {
    const known = this.#kindOf(kind);
    const now = this.#now();
    if (now >= known.windowEnds) {
      known.windowEnds = now + this.#windowMs;
      known.written = 0;
    }
    if (known.written === this.#lines) {
      known.leftOut++;
      return;
    }
    known.written++;
    this.#logger[this.#level](
      { ...fields, ...(known.leftOut === 0 ? {} : { leftOutBefore: known.leftOut }) },
      message,
    );
    known.leftOut = 0;
  }

  #kindOf(name: string): Kind {
    const key = this.#kinds.has(name) || this.#kinds.size < MAX_KINDS ? name : OTHERS;
    const known = this.#kinds.get(key) ?? { windowEnds: Number.NEGATIVE_INFINITY, written: 0, leftOut: 0 };
    this.#kinds.set(key, known);
    return known;
  }
}
