import { createMetrics, type Metrics } from '@marquee/service-kit/service';
import { describeOnServer, eventOf, temporaryFolder, waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeEventBusContract } from './contract.ts';
import type { EventBus } from './index.ts';
import { localLog } from './nats-jetstream/test/local-log.ts';
import { observeEventBus } from './observed-event-bus.ts';
import { createSqliteEventBus } from './sqlite/index.ts';

describeEventBusContract('sqlite, observed', () => {
  const folder = temporaryFolder();
  const metrics = createMetrics('test');
  return {
    open: (options) =>
      observeEventBus(
        createSqliteEventBus({ file: folder.file('events.db'), firstRetryMs: 1, maxRetryMs: 5, ...options }),
        metrics,
      ),
    dispose: () => folder.remove(),
  };
});

const hide = (titleId: string) => eventOf('TITLE_HIDDEN', { titleId });

async function observed(): Promise<{ bus: EventBus; metrics: Metrics }> {
  const folder = temporaryFolder();
  const metrics = createMetrics('test');
  const sqlite = createSqliteEventBus({ file: folder.file('events.db'), firstRetryMs: 1, maxRetryMs: 5 });
  const bus = observeEventBus(sqlite, metrics);
  await bus.start();
  onTestFinished(async () => {
    await bus.stop();
    await folder.remove();
  });
  return { bus, metrics };
}

/** Lines of the exposition that begin with one of the names. */
async function linesOf(metrics: Metrics, ...names: string[]): Promise<string[]> {
  const { body } = await metrics.exposition();
  return body.split('\n').filter((line) => names.some((name) => line.startsWith(`${name}{`)));
}

describe('an observed event bus', () => {
  it('counts acknowledged events by how they were acknowledged, and none of a publish that was refused', async () => {
    const { bus, metrics } = await observed();
    const [first, second, third] = ['t1', 't2', 't3'].map(hide);
    await bus.publish([first!, second!]);
    await bus.publish([second!, third!]);
    await bus.publish([]);
    await bus.stop();
    await expect(bus.publish([first!])).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    expect(await linesOf(metrics, 'marquee_events_published_total')).toEqual([
      'marquee_events_published_total{outcome="stored",service="test"} 3',
      'marquee_events_published_total{outcome="duplicate",service="test"} 1',
    ]);
  });

  it('counts an event by consumer once it is handled, and times its failed batches too', async () => {
    const { bus, metrics } = await observed();
    await bus.publish(['t1', 't2', 't3'].map(hide));
    let calls = 0;
    const subscription = bus.subscribe({
      name: 'flaky',
      handle: async () => {
        if (++calls === 1) throw new Error('the first batch fails');
      },
    });
    await subscription.start();
    await waitUntil(() => subscription.position === 3);
    expect(
      await linesOf(metrics, 'marquee_consumer_events_total', 'marquee_consumer_batch_seconds_count'),
    ).toEqual([
      'marquee_consumer_batch_seconds_count{service="test",consumer="flaky"} 2',
      'marquee_consumer_events_total{consumer="flaky",service="test"} 3',
    ]);
  });
});

describeOnServer('nats-server', 'an observed event bus on NATS', () => {
  it('says when events are spooled because the log is away', async () => {
    const log = await localLog();
    const metrics = createMetrics('test');
    const bus = observeEventBus(await log.open('publisher', { publishTimeoutMs: 300 }), metrics);
    await bus.publish([hide('t1')]);
    log.server.signal('SIGSTOP');
    // The signal takes a moment: the first of these may still be stored.
    let stored = 1;
    await waitUntil(async () => {
      const [ack] = await bus.publish([hide('t2')]);
      if (ack!.spooled === undefined) stored++;
      return ack!.spooled;
    });
    expect(await linesOf(metrics, 'marquee_events_published_total')).toEqual([
      `marquee_events_published_total{outcome="stored",service="test"} ${stored}`,
      'marquee_events_published_total{outcome="spooled",service="test"} 1',
    ]);
    log.server.signal('SIGCONT');
  });
});
