/** The edge: HTTP, identity, federation. Knows subgraphs only by the supergraph and the executors it is given. */
export { type AuthConfig, type GatewayConfig, parseGatewayConfig } from './config.ts';
export { createGateway } from './gateway.ts';
export type { ExampleOperation, Gateway, GatewayOptions, Persona } from './options.ts';
export { metricsRoute } from './routes/metrics.route.ts';
export {
  readContracts,
  readSupergraph,
  readTrustedDocuments,
  trustingShippedDocuments,
} from './shipped-schema.ts';
