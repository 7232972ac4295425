/** A small pipeline of well-behaved stages over plain ids, whose parts a test exchanges. */
import type {
  Candidate,
  CandidateSource,
  Filter,
  ListedFeatureHydrator,
  ListedQueryHydrator,
  ListedScorer,
  PipelineDefinition,
  Reranker,
  Selector,
  SideEffect,
} from '../src/index.ts';

export interface ToyQuery {
  readonly user: string;
  readonly taste?: string;
  readonly mood?: string;
  readonly limit?: number;
}

export interface ToyCandidate extends Candidate {
  weight?: number;
  length?: number;
  score?: number;
  propensity?: number;
}

export type ToyDefinition = PipelineDefinition<ToyQuery, ToyCandidate>;

export const fallible = { onFailure: 'fail', timeoutMs: 5_000 } as const;
const nothing = { requires: [], requiresOfCandidate: [] } as const;

export function source(
  name: string,
  ids: readonly string[],
  more: Partial<CandidateSource<ToyQuery>> = {},
): CandidateSource<ToyQuery> {
  return {
    ...fallible,
    kind: 'candidate-source',
    name,
    requires: [],
    quota: 1_000,
    propose: async () => ids.map((id, i) => ({ id, score: ids.length - i })),
    ...more,
  };
}

export function queryHydrator(
  name: string,
  patch: Partial<ToyQuery>,
  more: Partial<ListedQueryHydrator<ToyQuery>> = {},
): ListedQueryHydrator<ToyQuery> {
  return {
    ...fallible,
    kind: 'query-hydrator',
    name,
    phase: 1,
    requires: [],
    produces: Object.keys(patch) as (keyof ToyQuery)[],
    hydrate: async () => patch,
    ...more,
  };
}

export function hydrator(
  name: string,
  field: 'weight' | 'length',
  fieldOf: (candidate: Readonly<ToyCandidate>) => number,
  more: Partial<ListedFeatureHydrator<ToyQuery, ToyCandidate>> = {},
): ListedFeatureHydrator<ToyQuery, ToyCandidate> {
  return {
    ...fallible,
    ...nothing,
    kind: 'feature-hydrator',
    name,
    produces: [field],
    hydrate: async (_, candidates) => candidates.map((candidate) => ({ [field]: fieldOf(candidate) })),
    ...more,
  };
}

export function filter(
  name: string,
  keeps: (candidate: Readonly<ToyCandidate>) => boolean,
  more: Partial<Filter<ToyQuery, ToyCandidate>> = {},
): Filter<ToyQuery, ToyCandidate> {
  return {
    ...nothing,
    kind: 'filter',
    name,
    filter: (_, candidates) => ({
      kept: candidates.filter(keeps),
      removed: candidates.filter((c) => !keeps(c)).map((candidate) => ({ candidate, reason: `not-${name}` })),
    }),
    ...more,
  };
}

export function scorer(
  name: string,
  scoreOf: (candidate: Readonly<ToyCandidate>, index: number) => number,
  more: Partial<ListedScorer<ToyQuery, ToyCandidate>> = {},
): ListedScorer<ToyQuery, ToyCandidate> {
  return {
    ...fallible,
    ...nothing,
    kind: 'scorer',
    name,
    produces: ['score'],
    score: async (_, candidates) => candidates.map((candidate, i) => ({ score: scoreOf(candidate, i) })),
    ...more,
  };
}

export function reranker(
  name: string,
  rerank: Reranker<ToyQuery, ToyCandidate>['rerank'],
  more: Partial<Reranker<ToyQuery, ToyCandidate>> = {},
): Reranker<ToyQuery, ToyCandidate> {
  return { ...nothing, kind: 'reranker', name, produces: [], rerank, ...more };
}

export const top = (count: number): Selector<ToyQuery, ToyCandidate> => ({
  kind: 'selector',
  name: 'top',
  select: (_, candidates) => ({ selected: candidates.slice(0, count), nonSelected: candidates.slice(count) }),
});

export function sideEffect(
  name: string,
  run: SideEffect<ToyQuery, ToyCandidate>['run'],
  timeoutMs = 5_000,
): SideEffect<ToyQuery, ToyCandidate> {
  return { kind: 'side-effect', name, timeoutMs, run };
}

export function toyDefinition(parts: Partial<ToyDefinition> = {}): ToyDefinition {
  return {
    name: 'toy',
    given: ['user'],
    initial: [],
    createCandidate: ({ id, provenance }) => ({ id, provenance }),
    scoreOf: (candidate) => candidate.score ?? Number.NaN,
    queryHydrators: [],
    candidateSources: [source('letters', ['a', 'b', 'c'])],
    featureHydrators: [],
    filters: [],
    scorers: [],
    rerankers: [],
    selector: top(10),
    sideEffects: [],
    ...parts,
  };
}

export const ids = (candidates: readonly Candidate[]): string[] => candidates.map(({ id }) => id);
export const RUN = { seed: 7, deadlineMs: 5_000 };
