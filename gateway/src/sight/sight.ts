/** Everything that makes the gateway's work visible, put together from the configuration. */

import {
  type Component,
  type HttpRoute,
  type Logger,
  type Metrics,
  READY,
  type Tracing,
} from '@marquee/service-kit';
import type { FastifyRequest } from 'fastify';
import type { ViewerIdentity } from '../identity/identity.ts';
import type { GatewayPlugin } from '../plugins/in-one.plugin.ts';
import type { GatewayContext } from '../request-context.ts';
import { ErrorCounter } from './error-counter.ts';
import { ObservedOperation } from './observed-operation.ts';
import { RequestSpans } from './request-spans.ts';
import { sightPlugin } from './sight.plugin.ts';
import { SlowOperations } from './slow-operations.ts';
import { UsageCounter } from './usage-counter.ts';
import { createUsageReports, usageRoutes } from './usage-reports.ts';
import type { SightConfig } from './variables.ts';

export interface SightOptions {
  readonly config: SightConfig;
  readonly identity: ViewerIdentity;
  /** Everybody may see everything. */
  readonly development: boolean;
  readonly tracing: Tracing | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics | undefined;
}

export interface Sight extends Component {
  /** Absent: nothing is traced. */
  readonly spans: RequestSpans | undefined;
  /** The context of a request that is being observed from now on. */
  observe(request: FastifyRequest, context: GatewayContext): GatewayContext;
  /** One for the graph and its variants: what is bounded is bounded for all of them together. */
  readonly plugin: GatewayPlugin;
  readonly routes: readonly HttpRoute[];
}

export function createSight(options: SightOptions): Sight {
  const { config, identity, development, tracing, logger, metrics } = options;
  const spans = tracing && new RequestSpans(tracing);
  const slow = config.slowMs === 0 ? undefined : new SlowOperations({ thresholdMs: config.slowMs, logger });
  const usage = new UsageCounter({ every: config.usageEvery });
  const reports = createUsageReports({ counter: usage, folder: config.usageFolder, logger });
  const errors = new ErrorCounter(metrics);
  const plugin = sightPlugin({ metrics, errors, slow, usage });
  return {
    name: 'sight',
    start: () => reports.start(),
    async stop() {
      slow?.stop();
      await reports.stop();
    },
    readiness: () => READY,
    spans,
    observe(request, context) {
      const span = spans?.of(request);
      const observed = new ObservedOperation(span, errors);
      if (span === undefined) return { ...context, observed };
      return { ...context, observed, request: { ...context.request, traceparent: span.traceparent } };
    },
    plugin,
    routes: usageRoutes(usage, identity, development),
  };
}
