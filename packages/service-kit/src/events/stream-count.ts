/** What Prometheus is told of open streams: how many, of what, how old they become, what they carry and how they end. */
import type { Metrics } from '../service/metrics.ts';
import type { FlowEnd } from './event-flow.ts';

export class StreamCount {
  readonly #metrics: Metrics | undefined;
  readonly #open = new Map<string, Set<number>>();

  constructor(metrics: Metrics | undefined) {
    this.#metrics = metrics;
    metrics?.onCollect(() => this.#collect(metrics));
  }

  /** @param operation takes few values. */
  opened(operation: string): { event(): void; closed(reason: FlowEnd): void } {
    const metrics = this.#metrics;
    // A number that no other stream has, which also says how old it is.
    const own = this.#open.get(operation) ?? new Set<number>();
    let since = performance.now();
    while (own.has(since)) since += 0.001;
    this.#open.set(operation, own.add(since));
    let isOpen = true;
    return {
      event: () => metrics?.count('marquee_stream_events_total', { operation }),
      closed: (reason) => {
        if (!isOpen) return;
        isOpen = false;
        own.delete(since);
        metrics?.observe('marquee_stream_seconds', (performance.now() - since) / 1000, { operation, reason });
      },
    };
  }

  refused(reason: string): void {
    this.#metrics?.count('marquee_streams_refused_total', { reason: reason.toLowerCase() });
  }

  #collect(metrics: Metrics): void {
    const now = performance.now();
    for (const [operation, since] of this.#open) {
      metrics.set('marquee_streams_open', since.size, { operation });
      // In order of insertion, so the first is the oldest.
      const [oldest] = since;
      metrics.set('marquee_stream_oldest_seconds', oldest === undefined ? 0 : (now - oldest) / 1000, {
        operation,
      });
    }
  }
}
