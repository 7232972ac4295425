/** What a consumer of the event log tells Prometheus. */
import type { Metrics } from './metrics.ts';

export interface ObservedConsumer {
  readonly name: string;
  /** Partitions it works on now. */
  readonly owned: readonly number[];
  /** Events it wants and has not handled. */
  lag(): Promise<number>;
}

/** Asked at every scrape; a lag that cannot be asked for is left as it was last. */
export function exportConsumer(metrics: Metrics, consumer: ObservedConsumer): void {
  const labels = { consumer: consumer.name };
  metrics.onCollect(async () => {
    metrics.set('marquee_partitions_owned', consumer.owned.length, labels);
    const lag = await consumer.lag().catch(() => undefined);
    if (lag !== undefined) metrics.set('marquee_consumer_lag_events', lag, labels);
  });
}
