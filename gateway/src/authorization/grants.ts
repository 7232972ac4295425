/** What a viewer may do: the scopes of the token, and the policies that its claims meet. Pure. */
import { claimAt, type IdentifiedViewer } from '../identity/claims.ts';
import type { PolicyRule } from './authorization-options.ts';
import type { Grants } from './clause.ts';

/** Decides over policies that claims alone do not decide. */
export type PolicyEvaluator = (name: string, viewer: IdentifiedViewer | undefined) => boolean;

export function grantsOf(viewer: IdentifiedViewer | undefined, evaluate: PolicyEvaluator): Grants {
  return {
    authenticated: viewer !== undefined,
    scopes: new Set(viewer?.scopes),
    hasPolicy: (name) => evaluate(name, viewer) === true,
  };
}

export function policiesByClaims(rules: Readonly<Record<string, PolicyRule>>): PolicyEvaluator {
  return (name, viewer) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined || viewer === undefined) return false;
    const claim = rule.claim === 'roles' ? viewer.roles : claimAt(viewer.claims ?? {}, rule.claim);
    if (rule.value === undefined) return claim !== undefined && claim !== null && claim !== false;
    return Array.isArray(claim) ? claim.includes(rule.value) : claim === rule.value;
  };
}
