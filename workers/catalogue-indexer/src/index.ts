export {
  type CatalogueIndexer,
  type CatalogueIndexerDeps,
  createCatalogueIndexer,
} from './catalogue-indexer.ts';
export { loadTitleTable } from './load-title-table.ts';
