/**
 * For how long and for whom the answer to a planned fetch may be kept: the strictest of all that it selects. As for
 * whole answers (see `caching/cache-policy.ts`), with two differences: an entity is kept as long as its type says, because
 * it is fetched by itself; and only what says PUBLIC in so many words is the same for every viewer. Pure.
 */
import { type FieldNode, Kind, print, type SelectionSetNode, stripIgnoredCharacters } from 'graphql';
import type { CacheHint } from '../caching/cache-hints.ts';
import { operationOf } from '../executor/plan/selection.ts';
import type { GraphFacts } from './graph-facts.ts';
import { allOf, changesOf, EVERYTHING, removalsOf } from './subjects.ts';

/**
 * `everybody`: said to be PUBLIC. `audience`: nothing said; the same for all whom the subgraph cannot tell apart.
 * `viewer`: PRIVATE.
 */
export type Reach = 'everybody' | 'audience' | 'viewer';

export interface FetchPolicy {
  readonly maxAgeSeconds: number;
  readonly reach: Reach;
  /** Entities are kept one by one, by representation. */
  readonly isEntities: boolean;
  /** What the answer depends on as a whole. */
  readonly subjects: readonly string[];
  /** The operation without what makes no difference: a client's name for it. */
  readonly operation: string;
}

/** @returns undefined for what must not be kept. @param query of one planned fetch. */
export function fetchPolicyOf(query: string, facts: GraphFacts): FetchPolicy | undefined {
  const { hints, typeOf, composites, possible, keys } = facts;
  if (hints.size === 0) return undefined;
  const operation = operationOf(query);
  if (operation.operation !== 'query') return undefined;
  let maxAgeSeconds = Number.POSITIVE_INFINITY;
  let reach: Reach = 'everybody';
  const subjects = new Set([EVERYTHING]);
  const roots = operation.selectionSet.selections;
  const isEntities = roots.some((root) => root.kind === Kind.FIELD && root.name.value === '_entities');

  function restrict(hint: CacheHint | undefined): void {
    if (hint?.maxAgeSeconds !== undefined) maxAgeSeconds = Math.min(maxAgeSeconds, hint.maxAgeSeconds);
    if (hint?.scope === 'PRIVATE') reach = 'viewer';
  }

  function visit({ selections }: SelectionSetNode, parent: string, isTop = false): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) visitField(selection, parent, isTop);
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        visit(selection.selectionSet, selection.typeCondition?.name.value ?? parent, isTop);
      } else maxAgeSeconds = 0;
    }
  }

  function visitField(field: FieldNode, parent: string, isTop: boolean): void {
    const name = field.name.value;
    if (name === '__typename') return;
    const type = typeOf.get(`${parent}.${name}`);
    // A name that only this subgraph has, or that stands for another one: nobody says anything of it.
    if (type === undefined) {
      maxAgeSeconds = 0;
      return;
    }
    const isComposite = composites.has(type);
    const own = hints.get(`${parent}.${name}`);
    const hint: CacheHint = { ...(isComposite ? hints.get(type) : undefined), ...own };
    restrict(hint);
    if (isTop) audience((own ?? hint).scope);
    const inherits = hint.inherit === true || (!isComposite && !isTop);
    if (hint.maxAgeSeconds === undefined && !inherits) maxAgeSeconds = 0;
    for (const each of possible.get(parent) ?? []) restrict(hints.get(`${each}.${name}`));
    for (const each of possible.get(type) ?? []) restrict(hints.get(each));
    if (field.selectionSet === undefined) return;
    noteSubjects(field.selectionSet, type);
    visit(field.selectionSet, type);
  }

  function audience(scope: CacheHint['scope']): void {
    if (scope !== 'PUBLIC' && reach === 'everybody') reach = 'audience';
  }

  /** Who lists entities shows some that may be no more; who also says what they are like may be out of date. */
  function noteSubjects(set: SelectionSetNode, type: string): void {
    for (const entity of [type, ...(possible.get(type) ?? [])]) {
      const own = keys.get(entity);
      if (own === undefined) continue;
      subjects.add(removalsOf(entity));
      const isKey = (name: string) => name === '__typename' || own.includes(name);
      const tells = set.selections.some((each) => each.kind !== Kind.FIELD || !isKey(each.name.value));
      if (tells) subjects.add(changesOf(entity));
    }
  }

  function visitEntities({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (selection.kind !== Kind.INLINE_FRAGMENT || selection.typeCondition === undefined) {
        if (selection.kind !== Kind.FIELD || selection.name.value !== '__typename') maxAgeSeconds = 0;
        continue;
      }
      const type = selection.typeCondition.name.value;
      const hint = hints.get(type);
      restrict(hint);
      audience(hint?.scope);
      if (hint?.maxAgeSeconds === undefined) maxAgeSeconds = 0;
      for (const each of possible.get(type) ?? []) restrict(hints.get(each));
      for (const each of [type, ...(possible.get(type) ?? [])]) subjects.add(allOf(each));
      visit(selection.selectionSet, type);
    }
  }

  if (!isEntities) visit(operation.selectionSet, 'Query', true);
  else if (roots.length === 1 && roots[0]?.kind === Kind.FIELD && roots[0].selectionSet !== undefined) {
    visitEntities(roots[0].selectionSet);
  } else return undefined;
  if (maxAgeSeconds === 0 || !Number.isFinite(maxAgeSeconds)) return undefined;
  const { name: _, ...unnamed } = operation;
  return {
    maxAgeSeconds,
    reach,
    isEntities,
    subjects: [...subjects].sort(),
    operation: stripIgnoredCharacters(print(unnamed)),
  };
}
