/** Any event bus, with what goes through it counted and, where a request is traced, part of its trace. */
import { inChildSpan, type Metrics } from '@marquee/service-kit';
import type { ConsumerOptions, EventBus, PublishAck } from './index.ts';

/** Does what `bus` does. Events are counted once for each `publish` and once for each batch of a consumer. */
export function observeEventBus(bus: EventBus, metrics: Metrics): EventBus {
  return {
    name: bus.name,
    partitions: bus.partitions,
    start: () => bus.start(),
    stop: () => bus.stop(),
    readiness: () => bus.readiness(),
    async publish(events) {
      const attributes = { 'messaging.system': bus.name, 'messaging.batch.message_count': events.length };
      const acks = await inChildSpan('events publish', attributes, () => bus.publish(events));
      countAcknowledged(acks, metrics);
      return acks;
    },
    subscribe: (options) => bus.subscribe(observeConsumer(options, metrics)),
    progressOf: (consumer) => bus.progressOf(consumer),
    replay: (options) => bus.replay(options),
    lastSequence: () => bus.lastSequence(),
    deadLetters: (options) => bus.deadLetters(options),
    purgeProfile: (profileId, options) => bus.purgeProfile(profileId, options),
  };
}

function countAcknowledged(acks: readonly PublishAck[], metrics: Metrics): void {
  let duplicate = 0;
  let spooled = 0;
  for (const ack of acks) {
    // First: that the log is away matters more than that somebody repeats himself meanwhile.
    if (ack.spooled) spooled++;
    else if (ack.duplicate) duplicate++;
  }
  const count = (outcome: string, by: number): void => {
    if (by > 0) metrics.count('marquee_events_published_total', { outcome }, by);
  };
  count('stored', acks.length - duplicate - spooled);
  count('duplicate', duplicate);
  count('spooled', spooled);
}

/** A batch that fails takes its time as well, but its events are counted when they are handled: it comes again. */
function observeConsumer(options: ConsumerOptions, metrics: Metrics): ConsumerOptions {
  const labels = { consumer: options.name };
  return {
    ...options,
    async handle(batch) {
      const startedAt = performance.now();
      try {
        await options.handle(batch);
        metrics.count('marquee_consumer_events_total', labels, batch.length);
      } finally {
        metrics.observe('marquee_consumer_batch_seconds', (performance.now() - startedAt) / 1000, labels);
      }
    },
  };
}
