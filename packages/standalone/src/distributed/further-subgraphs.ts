/** Subgraphs that came after the first four. `npm run new:subgraph` adds a name here; each runs as one process unless told otherwise. */
export const FURTHER_SUBGRAPHS = [] as const satisfies readonly string[];
