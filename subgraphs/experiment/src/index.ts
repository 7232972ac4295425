export { createExperimentSubgraph, type ExperimentDeps } from './experiment-subgraph.ts';
/** The shipped configuration, for processes that are given no other. */
export const SHIPPED_EXPERIMENTS = new URL('../experiments.json', import.meta.url);
