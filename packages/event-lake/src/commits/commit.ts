/**
 * What a lake's files mean. Parquet files alone say nothing: a file counts once a commit names it, and until one removes it. So
 * several files appear together or not at all, readers never see half of a change, and how far the log has been written is
 * part of the same commit as the rows themselves (as in Delta Lake, Armbrust et al. 2020).
 */
import { z } from 'zod';

const file = z.object({
  /** Relative to the lake's folder, with `/`. */
  path: z.string().min(1),
  rows: z.number().int().positive(),
  bytes: z.number().int().positive(),
  /** Of the whole file, in hexadecimal digits: Parquet's own pages tell hardly any damage. Files of before have none. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** Hour that the rows were written in, `YYYY-MM-DD-HH`, UTC. */
  hour: z.string().regex(/^\d{4}-\d\d-\d\d-\d\d$/),
  /** Sequences in the log. */
  first: z.number().int().nonnegative(),
  last: z.number().int().nonnegative(),
});
export type LakeFile = z.infer<typeof file>;

const erasure = z.object({ profileId: z.string().min(1), before: z.number().int().nonnegative() });
/** Rows of the profile with smaller sequences go. */
export type PendingErasure = z.infer<typeof erasure>;

export const commitSchema = z.object({
  version: z.number().int().positive(),
  /** Epoch milliseconds. */
  at: z.number().int().nonnegative(),
  reason: z.enum(['append', 'compact', 'erase', 'checkpoint']),
  add: z.array(file),
  remove: z.array(z.string().min(1)),
  /** Up to which sequence the partition of the log is in the lake. */
  position: z.number().int().nonnegative(),
  /** Erasures that are in the lake as events and whose rows have not been removed yet. */
  erasures: z.array(erasure),
});
export type Commit = z.infer<typeof commitSchema>;

/** What all commits of a partition come to. */
export interface PartitionState {
  readonly version: number;
  readonly position: number;
  readonly files: ReadonlyMap<string, LakeFile>;
  readonly erasures: readonly PendingErasure[];
}

export const EMPTY: PartitionState = { version: 0, position: 0, files: new Map(), erasures: [] };

export function applyCommit(state: PartitionState, commit: Commit): PartitionState {
  // A checkpoint says everything that commits before it came to.
  const files = new Map(commit.reason === 'checkpoint' ? [] : state.files);
  for (const path of commit.remove) files.delete(path);
  for (const added of commit.add) files.set(added.path, added);
  return { version: commit.version, position: commit.position, files, erasures: commit.erasures };
}
