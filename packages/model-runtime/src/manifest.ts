/** A model version is a folder: `model.onnx`, `manifest.json`, `evaluation.json`. This is the manifest. */
import { z } from 'zod';

export const manifestSchema = z.object({
  formatVersion: z.literal(1),
  name: z.string().min(1).max(64),
  version: z.string().min(1).max(128),
  createdAt: z.iso.datetime(),
  input: z.object({
    name: z.string(),
    /** Ranking-feature columns in order; serving refuses a model trained on other columns. */
    columns: z.array(z.string()).min(1),
  }),
  output: z.object({
    /** Probability of a qualified watch, or a vector. */
    name: z.string(),
    /** What a title is worth to the viewer, which may be more than that somebody watches it; absent: the model does not say. */
    value: z.string().optional(),
    /** Of a model that gives vectors: numbers per row of `name`, which is no probability then. Absent: one. */
    dimensions: z.number().int().min(1).max(4_096).optional(),
  }),
  /** Feature view name → version the model was trained on. */
  featureViews: z.record(z.string(), z.number().int()),
  trainingWindow: z.object({ from: z.iso.datetime(), to: z.iso.datetime(), examples: z.number().int() }),
  metrics: z.record(z.string(), z.number()),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  seed: z.number().int(),
  /** SHA-256 of model.onnx, hex. */
  checksum: z.string().regex(/^[0-9a-f]{64}$/),
  /** Version this one was derived from. */
  parent: z.string().nullable(),
});
export type ModelManifest = z.infer<typeof manifestSchema>;
