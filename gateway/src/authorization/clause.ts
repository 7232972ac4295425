/**
 * One condition of an access rule. `scopes: [["a", "b"], ["c"]]` reads "a and b, or c"; a rule is several such
 * conditions, all of which must hold. Pure.
 */
export interface Grants {
  readonly authenticated: boolean;
  readonly scopes: ReadonlySet<string>;
  hasPolicy(name: string): boolean;
}

export interface Clause {
  /** The same for the same condition, wherever it stands. */
  readonly key: string;
  readonly kind: 'authenticated' | 'scopes' | 'policies';
  /** One of these sets, all names of it. Empty for `authenticated`. */
  readonly anyOf: readonly (readonly string[])[];
}

export const AUTHENTICATED: Clause = { key: 'authenticated', kind: 'authenticated', anyOf: [] };

/** @returns undefined where nothing is required: `[]`, or an alternative without names. */
export function namesClause(
  kind: 'scopes' | 'policies',
  anyOf: readonly (readonly string[])[],
): Clause | undefined {
  const sets = anyOf.map((names) => [...new Set(names)].sort());
  if (sets.length === 0 || sets.some((names) => names.length === 0)) return undefined;
  sets.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { key: `${kind} ${JSON.stringify(sets)}`, kind, anyOf: sets };
}

export function isMet({ kind, anyOf }: Clause, grants: Grants): boolean {
  if (kind === 'authenticated') return grants.authenticated;
  const has =
    kind === 'scopes' ? (name: string) => grants.scopes.has(name) : (name: string) => grants.hasPolicy(name);
  return anyOf.some((names) => names.every(has));
}

/** More combinations than real schemas have; beyond, "not implied" is the safe answer. */
const MAX_COMBINATIONS = 1_000;

/** Whether whoever meets all of `given` meets `clause`. */
export function implies(given: Iterable<Clause>, clause: Clause): boolean {
  let combinations: ReadonlySet<string>[] = [new Set()];
  for (const each of given) {
    if (each.kind !== clause.kind) continue;
    if (each.key === clause.key) return true;
    combinations = combinations.flatMap((names) => each.anyOf.map((more) => new Set([...names, ...more])));
    if (combinations.length > MAX_COMBINATIONS) return false;
  }
  return combinations.every((names) => clause.anyOf.some((set) => set.every((name) => names.has(name))));
}
