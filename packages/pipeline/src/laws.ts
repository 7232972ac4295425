/**
 * What each kind of stage may not do, checked on every run. The checks compare identities and walk lists once;
 * a broken law is a programmer error and never fails open.
 */
import { LawBroken } from './errors.ts';
import type { Candidate, FilterResult, Proposal } from './stages.ts';

function requireList(value: unknown, what: string): void {
  if (!Array.isArray(value)) throw new LawBroken(`${what} is not a list`);
}

/** Proposals are a list of `{ id, score }`. Scores may be non-finite: they sink. */
export function checkProposals(proposals: readonly Proposal[]): void {
  requireList(proposals, 'what the source proposed');
  for (const proposal of proposals) {
    if (typeof proposal?.id !== 'string' || proposal.id === '' || typeof proposal.score !== 'number') {
      throw new LawBroken('proposed something without an id or a score');
    }
  }
}

/** A patch may only set the fields that its component produces. */
export function checkQueryPatch(patch: object, produces: readonly PropertyKey[]): void {
  if (patch === null || typeof patch !== 'object') throw new LawBroken('returned no patch');
  for (const key in patch) {
    if (!produces.includes(key)) throw new LawBroken(`set ${key}, which it does not produce`);
  }
}

/** Sets the produced fields of every candidate. The patches have passed `checkPatches`. */
export function applyPatches<C extends Candidate>(
  candidates: readonly C[],
  patches: readonly Partial<C>[],
  produces: readonly (keyof C)[],
): void {
  for (let i = 0; i < candidates.length; i++) {
    const candidate = candidates[i]!;
    const patch = patches[i]!;
    for (const key of produces) candidate[key] = patch[key] as C[keyof C];
  }
}

/**
 * One patch per candidate, in the same order, setting produced fields alone. A patch that names an id must stand
 * at that candidate's place: this is how a reordering shows itself.
 */
export function checkPatches<C extends Candidate>(
  candidates: readonly C[],
  patches: readonly Partial<C>[],
  produces: readonly (keyof C)[],
): void {
  requireList(patches, 'what it returned');
  if (patches.length !== candidates.length) {
    throw new LawBroken(`returned ${patches.length} patches for ${candidates.length} candidates`);
  }
  for (let i = 0; i < candidates.length; i++) {
    const patch = patches[i];
    if (patch === null || typeof patch !== 'object') throw new LawBroken(`returned no patch at ${i}`);
    for (const key in patch) {
      if (key === 'id') {
        if (patch.id !== candidates[i]!.id) {
          throw new LawBroken(`returned the patch of ${patch.id} in the place of ${candidates[i]!.id}`);
        }
      } else if (!produces.includes(key)) {
        throw new LawBroken(`set ${key}, which it does not produce`);
      }
    }
  }
}

/** Kept and removed together are the input: kept in its order, removed in any. */
export function checkFilter<C extends Candidate>(candidates: readonly C[], result: FilterResult<C>): void {
  const { kept, removed } = result;
  requireList(kept, 'kept');
  requireList(removed, 'removed');
  if (kept.length + removed.length !== candidates.length) {
    throw new LawBroken(`made ${kept.length} kept and ${removed.length} removed of ${candidates.length}`);
  }
  if (kept === candidates) return;
  const gone: C[] = [];
  let next = 0;
  for (const candidate of candidates) {
    if (kept[next] === candidate) next++;
    else gone.push(candidate);
  }
  if (next !== kept.length) {
    throw new LawBroken(`kept ${nameOf(kept[next])} out of order, twice, or without having been given it`);
  }
  sameMembers(gone, removed, (entry) => entry.candidate, 'removed');
  for (const { reason } of removed) {
    if (typeof reason !== 'string' || reason === '')
      throw new LawBroken('removed a candidate without a reason');
  }
}

/** Selected and non-selected together are the input, in any order. */
export function checkSelection<C extends Candidate>(
  candidates: readonly C[],
  result: { readonly selected: readonly C[]; readonly nonSelected: readonly C[] },
): void {
  requireList(result.selected, 'selected');
  requireList(result.nonSelected, 'nonSelected');
  sameMembers(candidates, [...result.selected, ...result.nonSelected], (candidate) => candidate, 'selected');
}

/**
 * A permutation of the input: the same ids, each once. An element that is not the very candidate given is a
 * changed copy, and may differ in produced fields only.
 */
export function checkPermutation<C extends Candidate>(
  candidates: readonly C[],
  reranked: readonly C[],
  produces: readonly (keyof C)[],
): void {
  requireList(reranked, 'what the reranker returned');
  if (reranked.length !== candidates.length) {
    throw new LawBroken(`returned ${reranked.length} of ${candidates.length} candidates`);
  }
  // Most rerankers leave most in place: only the part between the first and the last change needs looking up.
  let first = 0;
  let end = candidates.length;
  while (first < end && reranked[first] === candidates[first]) first++;
  while (first < end && reranked[end - 1] === candidates[end - 1]) end--;
  const left = new Map<string, C>();
  for (let i = first; i < end; i++) left.set(candidates[i]!.id, candidates[i]!);
  for (let i = first; i < end; i++) {
    const candidate = reranked[i]!;
    const original = left.get(candidate?.id);
    if (original === undefined) throw new LawBroken(`returned ${nameOf(candidate)} twice, or invented it`);
    left.delete(candidate.id);
    if (candidate !== original) checkCopy(original, candidate, produces);
  }
}

function checkCopy<C extends Candidate>(original: C, copy: C, produces: readonly (keyof C)[]): void {
  for (const key in { ...original, ...copy }) {
    if (!Object.is(copy[key], original[key]) && !produces.includes(key)) {
      throw new LawBroken(`changed ${key} of ${original.id}, which it does not produce`);
    }
  }
}

/** Both lists hold the same objects, each once. Cheap when they come in the same order, as they mostly do. */
function sameMembers<C extends Candidate, E>(
  expected: readonly C[],
  actual: readonly E[],
  candidateOf: (entry: E) => C,
  verb: string,
): void {
  let same = expected.length === actual.length;
  for (let i = 0; same && i < expected.length; i++) same = candidateOf(actual[i]!) === expected[i];
  if (same) return;
  const left = new Set(expected);
  for (const entry of actual) {
    const candidate = entry === undefined ? undefined : candidateOf(entry);
    if (!left.delete(candidate as C)) {
      throw new LawBroken(`${verb} ${nameOf(candidate)} twice, or without having been given it`);
    }
  }
  if (left.size > 0)
    throw new LawBroken(`lost ${nameOf(left.values().next().value)} and ${left.size - 1} more`);
}

function nameOf(candidate: Candidate | undefined): string {
  return candidate?.id ?? 'something without an id';
}
