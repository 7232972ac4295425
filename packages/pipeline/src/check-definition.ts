/**
 * Whether the components of a pipeline fit together; asked once, when it is created. Every fault is listed, so
 * that a new stage needs one attempt rather than one per mistake.
 */
import { PipelineMisconfigured } from './errors.ts';
import type { Candidate, PipelineDefinition } from './stages.ts';

/** Names that the trace uses for the engine's own steps. */
const RESERVED = ['merge', 'create-candidate', 'rank'];
/** What setTimeout can wait for. */
const LONGEST_TIMER_MS = 2_147_483_647;
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*$/;

export function checkDefinition<Q, C extends Candidate>(definition: PipelineDefinition<Q, C>): void {
  const faults = [
    ...checkNames(definition),
    ...checkBounds(definition),
    ...checkQueryKeys(definition),
    ...checkCandidateKeys(definition),
  ];
  if (faults.length > 0) {
    throw new PipelineMisconfigured(`pipeline ${definition.name}: ${faults.join('; ')}`);
  }
}

type Faults = Generator<string, void, undefined>;

function* checkNames<Q, C extends Candidate>(definition: PipelineDefinition<Q, C>): Faults {
  const seen = new Set(RESERVED);
  for (const { name } of [
    ...definition.queryHydrators,
    ...definition.candidateSources,
    ...definition.featureHydrators,
    ...definition.filters,
    ...definition.scorers,
    ...definition.rerankers,
    definition.selector,
    ...definition.sideEffects,
  ]) {
    if (!KEBAB_CASE.test(name)) yield `the name "${name}" is not in kebab-case`;
    if (seen.has(name)) yield `the name ${name} is taken`;
    seen.add(name);
  }
}

function* checkBounds<Q, C extends Candidate>(definition: PipelineDefinition<Q, C>): Faults {
  const fallible = [
    ...definition.queryHydrators,
    ...definition.candidateSources,
    ...definition.featureHydrators,
    ...definition.scorers,
  ];
  for (const { name, onFailure, defaults } of fallible) {
    if (onFailure === 'default' && defaults === undefined)
      yield `${name} falls back to defaults and has none`;
  }
  for (const { name, timeoutMs } of [...fallible, ...definition.sideEffects]) {
    if (!(timeoutMs > 0 && timeoutMs <= LONGEST_TIMER_MS)) yield `${name} has no positive timeoutMs`;
  }
  for (const { name, quota } of definition.candidateSources) {
    if (!(Number.isInteger(quota) && quota > 0)) yield `${name} has no positive quota`;
  }
}

function* checkQueryKeys<Q, C extends Candidate>(definition: PipelineDefinition<Q, C>): Faults {
  const owners = new Map<keyof Q, string>(definition.given.map((key) => [key, 'the caller']));
  for (const phase of [1, 2] as const) {
    const hydrators = definition.queryHydrators.filter((hydrator) => hydrator.phase === phase);
    for (const { name, requires } of hydrators) {
      // Siblings of the phase are not in `owners` yet: what they produce cannot be read.
      for (const key of requires) {
        if (!owners.has(key))
          yield `${name} (phase ${phase}) requires ${String(key)}, which nothing before it gives`;
      }
    }
    for (const { name, produces } of hydrators) yield* claim(owners, produces, name);
  }
  for (const { name, phase } of definition.queryHydrators) {
    if (phase !== 1 && phase !== 2) yield `${name} is in no phase`;
  }
  for (const { name, requires } of [
    ...definition.candidateSources,
    ...definition.featureHydrators,
    ...definition.filters,
    ...definition.scorers,
    ...definition.rerankers,
  ]) {
    for (const key of requires) {
      if (!owners.has(key)) yield `${name} requires ${String(key)} of the query, which nothing gives`;
    }
  }
}

function* checkCandidateKeys<Q, C extends Candidate>(definition: PipelineDefinition<Q, C>): Faults {
  const owners = new Map<keyof C, string>([
    ['id', 'the merge'],
    ['provenance', 'the merge'],
  ]);
  yield* claim(
    owners,
    definition.initial.filter((key) => key !== 'id' && key !== 'provenance'),
    'createCandidate',
  );
  for (const component of [...definition.featureHydrators, ...definition.scorers]) {
    yield* missing(owners, component);
    yield* claim(owners, component.produces, component.name);
  }
  for (const filter of definition.filters) yield* missing(owners, filter);
  for (const reranker of definition.rerankers) {
    yield* missing(owners, reranker);
    for (const key of reranker.produces) {
      if (key === 'id' || key === 'provenance')
        yield `${reranker.name} produces ${String(key)}, which is the merge's`;
      // A later reranker may refine what an earlier one set.
      owners.set(key, owners.get(key) ?? reranker.name);
    }
  }
}

function* missing<C extends Candidate>(
  owners: ReadonlyMap<keyof C, string>,
  component: { readonly name: string; readonly requiresOfCandidate: readonly (keyof C)[] },
): Faults {
  for (const key of component.requiresOfCandidate) {
    if (!owners.has(key))
      yield `${component.name} requires ${String(key)} of candidates, which nothing before it gives`;
  }
}

function* claim<K extends PropertyKey>(owners: Map<K, string>, keys: readonly K[], name: string): Faults {
  for (const key of keys) {
    const owner = owners.get(key);
    if (owner !== undefined) yield `${name} produces ${String(key)}, which is ${owner}'s`;
    else owners.set(key, name);
  }
}
