/**
 * What the engine itself costs: 1,000 candidates through stages that do next to nothing. Prints the median and
 * the 99th percentile of whole runs, and of the same stages called by hand, in milliseconds.
 *
 *   node packages/pipeline/bench/engine-overhead.ts
 */
import { type Candidate, createPipeline, type PipelineDefinition } from '../src/index.ts';

interface Query {
  readonly user: string;
  readonly limit: number;
}
interface Item extends Candidate {
  facts: number;
  feature: number;
  score: number;
  propensity: number;
}

const COUNT = 1_000;
const proposals = Array.from({ length: COUNT }, (_, i) => ({ id: `title-${(i * 7919) % COUNT}`, score: i }));
const fallible = { onFailure: 'fail', timeoutMs: 1_000 } as const;
const needs = { requires: [], requiresOfCandidate: [] } as const;

const definition: PipelineDefinition<Query, Item> = {
  name: 'bench',
  given: ['user'],
  initial: [],
  createCandidate: ({ id, provenance }) => ({
    id,
    provenance,
    facts: 0,
    feature: 0,
    score: 0,
    propensity: 1,
  }),
  scoreOf: ({ score }) => score,
  queryHydrators: [
    {
      ...fallible,
      kind: 'query-hydrator',
      name: 'limit',
      phase: 1,
      requires: ['user'],
      produces: ['limit'],
      hydrate: async () => ({ limit: 200 }),
    },
  ],
  candidateSources: [0, 1].map((n) => ({
    ...fallible,
    kind: 'candidate-source' as const,
    name: `source-${n}`,
    requires: [],
    quota: 1_000,
    propose: async () => proposals,
  })),
  featureHydrators: (['facts', 'feature'] as const).map((field) => ({
    ...fallible,
    ...needs,
    kind: 'feature-hydrator' as const,
    name: field,
    produces: [field],
    hydrate: async (_: Readonly<Query>, items: readonly Readonly<Item>[]) =>
      items.map(() => ({ [field]: 1 })),
  })),
  filters: [0, 1].map((n) => ({
    ...needs,
    kind: 'filter' as const,
    name: `filter-${n}`,
    filter(_: Readonly<Query>, items: readonly Readonly<Item>[]) {
      const kept: Readonly<Item>[] = [];
      const removed: { candidate: Readonly<Item>; reason: string }[] = [];
      for (const candidate of items) {
        if (candidate.id.endsWith(`${n}7`)) removed.push({ candidate, reason: 'ends-wrong' });
        else kept.push(candidate);
      }
      return { kept, removed };
    },
  })),
  scorers: [
    {
      ...fallible,
      ...needs,
      kind: 'scorer',
      name: 'scorer',
      produces: ['score'],
      score: async (_, items) => items.map((_item, i) => ({ score: (i * 31) % 997 })),
    },
  ],
  rerankers: [
    { ...needs, kind: 'reranker', name: 'reverse', produces: [], rerank: (_, items) => items.toReversed() },
  ],
  selector: {
    kind: 'selector',
    name: 'top',
    select: (query, items) => ({
      selected: items.slice(0, query.limit),
      nonSelected: items.slice(query.limit),
    }),
  },
  sideEffects: [],
};

/** The floor: the same stages without an engine, so without checks, traces and time-outs. */
async function byHand(): Promise<number> {
  const query = { user: 'u', limit: 200 };
  const context = { remainingMs: () => 1, signal: new AbortController().signal, random: Math.random };
  for (const source of definition.candidateSources) await source.propose(query, context);
  let items: readonly Item[] = proposals.map((merged) =>
    definition.createCandidate({ ...merged, provenance: [], item: undefined }, query),
  );
  for (const filter of definition.filters) items = filter.filter(query, items).kept as readonly Item[];
  for (const hydrator of definition.featureHydrators) await hydrator.hydrate(query, items, context);
  for (const scorer of definition.scorers) await scorer.score(query, items, context);
  return definition.selector.select(query, items).selected.length;
}

async function measure(what: string, once: () => Promise<unknown>): Promise<void> {
  const runs: number[] = [];
  for (let i = 0; i < 2_000; i++) {
    const startedAt = performance.now();
    await once();
    if (i >= 500) runs.push(performance.now() - startedAt);
  }
  runs.sort((a, b) => a - b);
  const at = (share: number): string => runs[Math.floor(runs.length * share)]!.toFixed(3);
  process.stdout.write(`${what}: median ${at(0.5)} ms, p99 ${at(0.99)} ms\n`);
}

const pipeline = createPipeline(definition);
await measure('the stages by hand', byHand);
await measure('the pipeline', () => pipeline.run({ user: 'u', limit: 0 }, { seed: 1, deadlineMs: 1_000 }));
