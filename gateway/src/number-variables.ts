/** Kinds of numbers in the environment of the gateway. */
import { z } from 'zod';

export const milliseconds = (fallback: number, min = 1) =>
  z.coerce.number().int().min(min).max(600_000).default(fallback);

export const count = (fallback: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);
