/** The edge: HTTP, identity, federation. Knows subgraphs only by the supergraph and the executors it is given. */
export { type AuthConfig, type GatewayConfig, parseGatewayConfig } from './config.ts';
export { createGateway } from './gateway.ts';
export type { ExampleOperation, Gateway, GatewayOptions, Persona, ResponseCacheSetup } from './options.ts';
export { createResponseStore } from './response-cache/create-response-store.ts';
export { parseEmbeddedCacheConfig } from './response-cache/platform-cache-config.ts';
export { platformChanges } from './response-cache/platform-changes.ts';
export { folderPurges } from './response-cache/purges/purge-ledger.ts';
export type { ResponseCacheOptions } from './response-cache/response-cache-options.ts';
export { metricsRoute } from './routes/metrics.route.ts';
export {
  readContracts,
  readSupergraph,
  readTrustedDocuments,
  trustingShippedDocuments,
} from './shipped-schema.ts';
