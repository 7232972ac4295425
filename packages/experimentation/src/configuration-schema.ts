/** The shape of a configuration file. Unknown keys are refused: a misspelt `endsAt` must not be ignored. */
import { z } from 'zod';
import { BUCKETS, EXPERIMENT_STATUSES } from './snapshot.ts';

const key = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be kebab-case');
const parameterName = z
  .string()
  .max(64)
  .regex(/^[a-z][A-Za-z0-9]*$/, 'must be camelCase');
const salt = z.string().min(1).max(128).optional();
const description = z.string().max(1_000).default('');
const instant = z.iso.datetime({ offset: true });
const bucket = z.number().int().min(0).max(BUCKETS);

const variant = z.strictObject({
  key,
  description,
  weight: z.number().positive().max(1_000_000),
  parameters: z.record(parameterName, z.union([z.string().max(1_000), z.number(), z.boolean()])).default({}),
});

export const configurationSchema = z.strictObject({
  holdouts: z
    .array(
      z.strictObject({
        key,
        description,
        salt,
        /** Share of profiles, 0 to 0.5: more than half would be a launch decision, not a holdout. */
        share: z.number().min(0).max(0.5),
        layers: z.array(key).min(1).optional(),
      }),
    )
    .max(20)
    .default([]),
  layers: z.array(z.strictObject({ key, description, salt })).max(50),
  experiments: z
    .array(
      z.strictObject({
        key,
        description,
        owner: z.string().min(1).max(100),
        layer: key,
        status: z.enum(EXPERIMENT_STATUSES),
        buckets: z.strictObject({ from: bucket, to: bucket }),
        salt,
        startsAt: instant,
        endsAt: instant.optional(),
        segments: z.array(z.string().min(1).max(64)).min(1).max(100).optional(),
        variants: z.array(variant).min(2).max(20),
      }),
    )
    .max(500),
});

export type ExperimentsConfiguration = z.infer<typeof configurationSchema>;
