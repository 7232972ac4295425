/** The workers beside a platform in one process that nobody waits for: they start when pages are served already. */

import type { ConfigurationBroadcast } from '@marquee/coordination';
import { createPrewarmer, type MakeAhead } from '@marquee/prewarmer';
import { createReEngagement } from '@marquee/re-engagement';
import type { HomeService } from '@marquee/recommendation';
import type { Component, Metrics } from '@marquee/service-kit';
import { exportConsumer, type ObservedConsumer } from '@marquee/service-kit/service';
import type { MarqueeDeps } from '../deps.ts';
import { createMonitorBeside } from './monitor-beside.ts';

/** A promotion is rare, and a moment late is early enough. */
const PROMOTION_CHECK_MS = 5_000;

export interface BackgroundOptions {
  readonly deps: MarqueeDeps;
  readonly home: HomeService;
  /** The world's folder. */
  readonly folder: string;
  /** Besides those that are made here. */
  readonly consumers: readonly ObservedConsumer[];
  readonly metrics: Metrics;
  readonly reEngage: boolean;
  readonly prewarm: boolean;
  readonly broadcast: ConfigurationBroadcast;
  /** 0: no monitor. */
  readonly monitorEveryMs: number;
  readonly monitorFirstAfterMs?: number | undefined;
}

export function backgroundWorkers(options: BackgroundOptions): readonly Component[] {
  const { deps, metrics, consumers } = options;
  const { store, clock, logger } = deps;
  const workers: Component[] = [];
  if (options.reEngage) {
    const reEngagement = createReEngagement({ ...deps, metrics });
    exportConsumer(metrics, reEngagement);
    workers.push(reEngagement);
  }
  if (options.prewarm) {
    workers.push(
      createPrewarmer({
        bus: deps.bus,
        makeAhead: makeAheadIn(options.home),
        onPromotion: (act) => onPromotion(deps, act),
        clock,
        logger,
        metrics,
      }),
    );
  }
  if (options.monitorEveryMs > 0) {
    workers.push(
      createMonitorBeside({
        ...{ folder: options.folder, store, consumers, clock, logger, metrics },
        broadcast: options.broadcast,
        everyMs: options.monitorEveryMs,
        firstAfterMs: options.monitorFirstAfterMs,
      }),
    );
  }
  return workers;
}

function makeAheadIn(home: HomeService): MakeAhead {
  return async ({ profileId, device }) => (await home.makeAhead({ profileId, device })).outcome;
}

function onPromotion({ modelRuntime }: Pick<MarqueeDeps, 'modelRuntime'>, act: () => void): () => void {
  let known = modelRuntime.current?.version;
  const timer = setInterval(() => {
    const version = modelRuntime.current?.version;
    if (known !== undefined && version !== known) act();
    known = version;
  }, PROMOTION_CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
