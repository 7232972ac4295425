/** The content subgraph: titles, people, genres, search and artwork. */
export { type ContentDeps, createContentSubgraph } from './content-subgraph.ts';
