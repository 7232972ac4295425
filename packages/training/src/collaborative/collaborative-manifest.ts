/**
 * A version of the collaborative model is a folder: `manifest.json`, `evaluation.json` and `factors.bin`. The latter is,
 * little-endian: the length of what follows as uint32; the title ids as a JSON array, padded with spaces to a multiple of
 * four bytes; the titles' Gramian, d × d float32, upper triangle; the titles' vectors, d float32 each, in the order of the ids.
 */
import { z } from 'zod';

export const COLLABORATIVE_NAME = 'collaborative';
export const FACTORS_FILE = 'factors.bin';

export const collaborativeManifestSchema = z.object({
  formatVersion: z.literal(1),
  name: z.literal(COLLABORATIVE_NAME),
  version: z.string().min(1).max(128),
  createdAt: z.iso.datetime(),
  algorithm: z.literal('ials'),
  /** What a profile is folded in with: the newest watches at most. */
  input: z.object({ view: z.string(), history: z.number().int().min(1) }),
  /** Feature view name → version that the histories come from. */
  featureViews: z.record(z.string(), z.number().int()),
  titles: z.number().int().min(1),
  /** Titles that somebody in training watched. */
  knownTitles: z.number().int().min(1),
  settings: z.object({
    dimensions: z.number().int().min(8).max(1_024).multipleOf(8),
    lambda: z.number().positive(),
    unobservedWeight: z.number().positive(),
    nu: z.number().min(0).max(2),
  }),
  trainingWindow: z.object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    profiles: z.number().int(),
    watches: z.number().int(),
  }),
  /** On the latest watches, which the measured model had not seen; empty where there was nobody to measure with. */
  metrics: z.record(z.string(), z.number()),
  seed: z.number().int(),
  /** SHA-256 of factors.bin, hex. */
  checksum: z.string().regex(/^[0-9a-f]{64}$/),
  /** Version this one was derived from. */
  parent: z.string().nullable(),
});
export type CollaborativeManifest = z.infer<typeof collaborativeManifestSchema>;
