/** What the processes of the distributed profile are made of. */

export {
  loadTelemetryConfig,
  TELEMETRY_VARIABLES,
  type TelemetryConfig,
  toTelemetryConfig,
} from '../telemetry/telemetry-config.ts';
export { createTracing } from '../telemetry/tracing.ts';
export { exportConsumer, type ObservedConsumer } from './export-consumer.ts';
export * from './metrics.ts';
export { runService, type ServiceDefinition, type ServiceKit, type ServiceParts } from './run-service.ts';
export * from './service-config.ts';
export { createServiceServer, type ServiceServer, type ServiceServerOptions } from './service-server.ts';
export type { SubgraphRouteOptions } from './subgraph-route.ts';
export {
  type TlsFiles,
  type TlsFilesOptions,
  type TlsMaterial,
  type TlsPaths,
  tlsFiles,
} from './tls-files.ts';
