/**
 * Where the answers to a planned fetch are kept for whoever asks. Whatever a subgraph may read of a request is part of
 * it: two requests have one place only if no subgraph can tell them apart. Pure.
 */
import { hash } from 'node:crypto';
import type { KeepingAdvice } from '../data-source/data-source.ts';
import type { Data } from '../executor/plan/data.ts';
import type { FetchPolicy } from './fetch-policy.ts';
import type { GraphFacts } from './graph-facts.ts';
import { FORMAT } from './kept-answer.ts';
import type { Slot } from './response-store.ts';
import { entitySubject, viewerSubject } from './subjects.ts';

/** As subgraphs see them. */
export interface Requester {
  /** Absent: nobody in particular. */
  readonly viewer?: { readonly id: string; readonly scopes: readonly string[] };
  /** A partner, by its key. Absent: none. */
  readonly client?: string;
}

export interface KeptFetch {
  /** Of graph, subgraph and operation. */
  readonly id: string;
  readonly policy: FetchPolicy;
  readonly facts: GraphFacts;
  /** Its PUBLIC is not believed: every viewer has their own. */
  readonly isPerViewer: boolean;
  /** Bounds of the operator, whatever hints say. */
  readonly maxAgeMs: number;
  readonly maxPrivateAgeMs: number;
}

export interface FetchPlace {
  /** Entities have slots of their own. */
  readonly isOneByOne: boolean;
  slot(variables: string): Slot;
  slots(representations: readonly Data[], variables: string): readonly Slot[];
  /** How long an answer is fresh; 0: it must not be kept. @param advice what the subgraph said with it. */
  freshMs(advice?: KeepingAdvice): number;
  /** How long one that is fresh for so long is kept: the operator's bounds may be shorter. */
  ttlMs(freshMs: number): number;
}

const MAX_KEY_LENGTH = 160;

/**
 * @param headers the client's that the subgraph sees, with their values.
 * @returns undefined where it is for a viewer and there is none.
 */
export function fetchPlace(
  fetch: KeptFetch,
  { viewer, client }: Requester,
  headers: readonly (readonly [string, string])[],
): FetchPlace | undefined {
  const { policy, facts } = fetch;
  const isOwned =
    policy.reach === 'viewer' || (viewer !== undefined && (policy.reach === 'audience' || fetch.isPerViewer));
  if (isOwned && viewer === undefined) return undefined;
  const owner = isOwned && viewer !== undefined ? { owner: viewerSubject(viewer.id) } : {};
  const scopes = viewer === undefined ? null : [...viewer.scopes].sort();
  const audience = JSON.stringify([scopes, headers, isOwned ? [viewer?.id, client ?? null] : null]);
  const base = (variables: string) =>
    hash('sha256', `${FORMAT}\n${fetch.id}\n${audience}\n${variables}`, 'base64url');
  const boundMs = isOwned ? Math.min(fetch.maxAgeMs, fetch.maxPrivateAgeMs) : fetch.maxAgeMs;
  const freshMs = policy.maxAgeSeconds * 1_000;
  return {
    // A viewer's page is asked for as a whole again; its entities are nobody else's to share.
    isOneByOne: policy.isEntities && !isOwned,
    slot: (variables) => ({ key: base(variables), ...owner, subjects: policy.subjects }),
    slots(representations, variables) {
      const prefix = base(variables);
      return representations.map((representation) => ({
        key: `${prefix}:${bounded(nameOf(representation))}`,
        subjects: [subjectOf(representation, facts), ...policy.subjects],
      }));
    },
    freshMs(advice) {
      if (advice === undefined) return freshMs;
      if (advice.doNotKeep || (advice.isPrivate && !isOwned)) return 0;
      const { maxAgeSeconds } = advice;
      return maxAgeSeconds === undefined ? freshMs : Math.min(freshMs, maxAgeSeconds * 1_000);
    },
    ttlMs: (forMs) => Math.min(forMs, boundMs),
  };
}

/** In one order, whatever order the client sent them in. @param without one that is part of the key otherwise. */
export function variablesKey(variables: Data, without?: string): string {
  const names = Object.keys(variables)
    .filter((name) => name !== without)
    .sort();
  return names.length === 0 ? '' : JSON.stringify(names.map((name) => [name, variables[name]]));
}

/** Most entities have one key, and most keys are strings. */
function nameOf(representation: Data): string {
  const names = Object.keys(representation);
  const value =
    names.length === 2 && names[0] === '__typename' ? representation[names[1] as string] : undefined;
  return typeof value === 'string'
    ? `${String(representation.__typename)} ${names[1]} ${value}`
    : JSON.stringify(representation);
}

function subjectOf(representation: Data, { keys }: GraphFacts): string {
  const type = String(representation.__typename);
  for (const key of keys.get(type) ?? []) {
    const value = representation[key];
    if (typeof value === 'string' || typeof value === 'number')
      return entitySubject(type, bounded(String(value)));
  }
  return entitySubject(type, bounded(JSON.stringify(representation)));
}

function bounded(text: string): string {
  return text.length <= MAX_KEY_LENGTH ? text : hash('sha256', text, 'base64url');
}
