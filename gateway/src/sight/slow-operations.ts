/**
 * The slow-operation log. The first of a kind is logged at once, with where its time went; those that follow within a
 * window come as one line, with the slowest of them: when everything is slow, the log must not be what makes it slower.
 */
import type { Logger } from '@marquee/service-kit';
import type { SubgraphTime } from './observed-operation.ts';

export interface SlowOperation {
  readonly operation: string;
  readonly documentHash: string;
  readonly client: string;
  readonly clientVersion: string;
  readonly durationMs: number;
  readonly planMs: number | undefined;
  readonly plan: 'hit' | 'miss' | undefined;
  readonly cost: number | undefined;
  readonly subgraphs: ReadonlyMap<string, SubgraphTime>;
  readonly requestId: string;
  readonly traceId: string | undefined;
}

export interface SlowOperationsOptions {
  readonly thresholdMs: number;
  readonly logger: Logger;
  /** Default 10,000. */
  readonly windowMs?: number;
  /** Kinds that are told apart; all others are one. Default 200. */
  readonly kinds?: number;
  /** Milliseconds of any clock that only goes forward. */
  readonly now?: () => number;
}

interface Kind {
  readonly windowEnds: number;
  times: number;
  totalMs: number;
  slowest: SlowOperation | undefined;
}

export class SlowOperations {
  readonly #options: Required<SlowOperationsOptions>;
  readonly #kinds = new Map<string, Kind>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SlowOperationsOptions) {
    this.#options = { windowMs: 10_000, kinds: 200, now: () => performance.now(), ...options };
  }

  isSlow(durationMs: number): boolean {
    return durationMs >= this.#options.thresholdMs;
  }

  note(slow: SlowOperation): void {
    const { kinds, now, windowMs } = this.#options;
    this.flushEnded();
    const own = JSON.stringify([slow.operation, slow.documentHash, slow.client]);
    const key = this.#kinds.has(own) || this.#kinds.size < kinds ? own : 'others';
    const known = this.#kinds.get(key);
    if (known === undefined) {
      this.#kinds.set(key, { windowEnds: now() + windowMs, times: 0, totalMs: 0, slowest: undefined });
      this.#write(slow, 1, slow.durationMs);
      this.#timer ??= setInterval(() => this.flushEnded(), windowMs).unref();
      return;
    }
    known.times++;
    known.totalMs += slow.durationMs;
    if (slow.durationMs > (known.slowest?.durationMs ?? -1)) known.slowest = slow;
  }

  /** Writes the kinds whose window is over. @param all also the others. */
  flushEnded(all = false): void {
    const now = this.#options.now();
    for (const [key, { windowEnds, times, totalMs, slowest }] of this.#kinds) {
      if (!all && now < windowEnds) continue;
      this.#kinds.delete(key);
      if (slowest !== undefined) this.#write(slowest, times, totalMs);
    }
    if (this.#kinds.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  stop(): void {
    this.flushEnded(true);
  }

  #write(slow: SlowOperation, times: number, totalMs: number): void {
    const subgraphs = Object.fromEntries(
      [...slow.subgraphs].map(([name, { milliseconds, ...counts }]) => [
        name,
        { ...counts, milliseconds: rounded(milliseconds) },
      ]),
    );
    this.#options.logger.warn(
      {
        ...slow,
        durationMs: rounded(slow.durationMs),
        ...(slow.planMs === undefined ? {} : { planMs: rounded(slow.planMs) }),
        subgraphs,
        times,
        ...(times === 1 ? {} : { meanMs: rounded(totalMs / times) }),
      },
      'slow operation',
    );
  }
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
