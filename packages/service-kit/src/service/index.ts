/** What the processes of the distributed profile are made of. */
export { exportConsumer, type ObservedConsumer } from './export-consumer.ts';
export * from './metrics.ts';
export { runService, type ServiceDefinition, type ServiceKit, type ServiceParts } from './run-service.ts';
export * from './service-config.ts';
export { createServiceServer, type ServiceServer, type ServiceServerOptions } from './service-server.ts';
export type { SubgraphRouteOptions } from './subgraph-route.ts';
