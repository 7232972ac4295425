/** Keeps the shared vector index in step with the catalogue; see `createVectorFollower` for how. */
export { type CatalogueIndexerConfig, loadCatalogueIndexerConfig } from './config.ts';
