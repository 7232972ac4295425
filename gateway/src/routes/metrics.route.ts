/** What Prometheus scrapes. */
import type { HttpRoute } from '@marquee/service-kit';
import type { Metrics } from '@marquee/service-kit/service';
import type { GatewayOptions } from '../options.ts';

export function metricsRoute(metrics: Metrics, readiness: GatewayOptions['readiness']): HttpRoute {
  return {
    method: 'GET',
    path: '/metrics',
    async handle() {
      for (const [component, { ready }] of Object.entries(readiness().components)) {
        metrics.set('marquee_dependency_ready', ready ? 1 : 0, { component });
      }
      const { contentType, body } = await metrics.exposition();
      return { status: 200, headers: { 'content-type': contentType, 'cache-control': 'no-store' }, body };
    },
  };
}
