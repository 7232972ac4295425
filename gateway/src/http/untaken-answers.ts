/**
 * Answers that are made, and that their clients have not taken yet. They are work no more and have no place among the requests
 * in flight: whoever reads slowly, or opens no window for what he asked for over HTTP/2, would keep everybody else out with
 * them. What they still cost is memory, which is bounded here: by a time, since one who takes a byte now and then would have
 * for ever, and for all together by bytes, beyond which those that have waited longest are cut off.
 *
 * Events have a bound of their own (`MARQUEE_STREAM_STALLED_MS`).
 */
import { constants, type Http2ServerResponse } from 'node:http2';
import type { Logger, Metrics } from '@marquee/service-kit';
import type { FastifyReply } from 'fastify';
import type { HttpLimits } from './variables.ts';

type Raw = FastifyReply['raw'];

interface Untaken {
  readonly bytes: number;
  /** Of the monotonic clock. */
  readonly until: number;
}

export class UntakenAnswers {
  readonly #limits: HttpLimits;
  readonly #logger: Logger;
  readonly #metrics: Metrics | undefined;
  /** Those that were made first come first. */
  readonly #answers = new Map<Raw, Untaken>();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: HttpLimits, logger: Logger, metrics?: Metrics) {
    this.#limits = limits;
    this.#logger = logger;
    this.#metrics = metrics;
    metrics?.onCollect(() => metrics.set('marquee_http_untaken_bytes', this.#bytes));
  }

  /** To be called once for every answer, when all of it is there and before it is written. */
  made({ raw }: FastifyReply, bytes: number): void {
    if (raw.destroyed) return;
    const { maxUntakenBytes, responseTimeoutMs, timeoutCheckMs } = this.#limits;
    this.#answers.set(raw, { bytes, until: performance.now() + responseTimeoutMs });
    this.#bytes += bytes;
    // Comes once for every answer, also when the client goes away before it has taken it.
    raw.once('close', () => this.#forget(raw));
    for (const oldest of this.#answers.keys()) {
      // An answer alone is as large as answers may be.
      if (this.#bytes <= maxUntakenBytes || oldest === raw) break;
      this.#cutOff(oldest, 'memory');
    }
    this.#timer ??= setInterval(() => this.#cutOffLate(), timeoutCheckMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #cutOffLate(): void {
    const now = performance.now();
    for (const [raw, { until }] of this.#answers) {
      if (until > now) break;
      this.#cutOff(raw, 'slow');
    }
  }

  #cutOff(raw: Raw, reason: 'slow' | 'memory'): void {
    this.#forget(raw);
    this.#metrics?.count('marquee_http_answers_cut_off_total', { reason });
    this.#logger.debug({ reason }, 'an answer that its client did not take was cut off');
    const { stream } = raw as unknown as Partial<Http2ServerResponse>;
    if (stream === undefined) raw.destroy();
    else stream.close(constants.NGHTTP2_CANCEL);
  }

  #forget(raw: Raw): void {
    const untaken = this.#answers.get(raw);
    if (untaken === undefined) return;
    this.#answers.delete(raw);
    this.#bytes -= untaken.bytes;
  }
}
