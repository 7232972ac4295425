/** What a training set says about itself. */
import { z } from 'zod';

const count = z.number().int().nonnegative();
const counts = z.record(z.string(), count);

export const MANIFEST_FILE = 'manifest.json';
export const EXAMPLES_FILE = 'examples.parquet';

export const trainingSetManifestSchema = z.object({
  formatVersion: z.literal(1),
  version: z.string(),
  createdAt: z.iso.datetime(),
  /** Decisions, first and last. */
  window: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
  /** By partition of the log, the sequence up to which the lake was read. */
  lake: z.record(z.string(), count),
  seed: z.number().int(),
  codeVersion: z.string(),
  settings: z.record(z.string(), z.unknown()),
  rows: count,
  counts: z.object({ label: counts, kind: counts, split: counts, featureOrigin: counts }),
  /** By reason: decisions, and with `event-` before it events, that are not in the set. */
  exclusions: counts,
  split: z.object({ validationFrom: z.iso.datetime().nullable(), testFrom: z.iso.datetime().nullable() }),
  /** Features of a replay know co-watch and the collaborative model of before this place in the log; null: none was replayed. */
  learnedBefore: count.nullable(),
  leakCheck: z.object({ cuts: count, compared: count }),
  featureViews: z.record(z.string(), count),
  columns: z.array(z.object({ name: z.string(), type: z.string(), meaning: z.string() })),
  /** SHA-256 of the Parquet file. */
  checksum: z.string(),
});
export type TrainingSetManifest = z.infer<typeof trainingSetManifestSchema>;
