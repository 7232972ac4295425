/**
 * What the registry knows after a move, and the move itself as it is kept: who moved which version from where to where, why, and
 * on what evidence. The last record holds the state, so nothing has to be replayed to know what serves.
 */
import { z } from 'zod';

/**
 * `candidate`: trained. `shadow`: scores live requests, nothing of it is shown. `canary`: serves an experiment's share.
 * `production`: serves; one version at a time. `archived`: kept, and can be rolled back to when it has served.
 */
export const STAGES = ['candidate', 'shadow', 'canary', 'production', 'archived'] as const;
export type Stage = (typeof STAGES)[number];

const stage = z.enum(STAGES);

export const stateSchema = z.object({
  /** By name of the version's folder. */
  versions: z.record(
    z.string(),
    z.object({
      stage,
      /** SHA-256 of model.onnx when the version was first recorded; another one is refused for ever. */
      checksum: z.string(),
      /** When it came to this stage. */
      since: z.iso.datetime(),
      /** Of the profiles, while in stage `canary`. */
      share: z.number().gt(0).lt(1).optional(),
    }),
  ),
  /** Held in production: no promotion replaces it. */
  pinned: z.string().nullable(),
  /** Versions that were in production before, the last one last. */
  formerProductions: z.array(z.string()),
});
export type RegistryState = z.infer<typeof stateSchema>;

export const moveSchema = z.object({
  kind: z.enum(['register', 'adopt', 'promote', 'rollback', 'pin', 'unpin', 'archive', 'reject']),
  version: z.string(),
  /** Null: the registry did not know it. */
  from: stage.nullable(),
  to: stage,
  /** What left production for it. */
  displaced: z.string().nullable(),
  at: z.iso.datetime(),
  by: z.string().min(1),
  why: z.string().min(1),
  /** Against the gates. */
  forced: z.boolean(),
  /** What the gates, the shadow or the canary said; null where none were asked. */
  evidence: z.unknown(),
});
export type Move = z.infer<typeof moveSchema>;

export const recordSchema = z.object({ move: moveSchema, state: stateSchema });
/** One revision of the registry. */
export type RegistryRecord = z.infer<typeof recordSchema>;

export const NOTHING_REGISTERED: RegistryState = { versions: {}, pinned: null, formerProductions: [] };

/** Of several in one stage the one that came to it last. */
export function latestIn(stage: Stage, { versions }: RegistryState): string | undefined {
  return Object.entries(versions)
    .filter(([, version]) => version.stage === stage)
    .sort(([a, { since: from }], [b, { since: to }]) => from.localeCompare(to) || a.localeCompare(b))
    .at(-1)?.[0];
}

export function productionOf(state: RegistryState): string | undefined {
  return Object.entries(state.versions).find(([, version]) => version.stage === 'production')?.[0];
}
