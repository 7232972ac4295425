/** What the gateway says about what it does, beside metrics and logs. */
import { z } from 'zod';

export const SIGHT_VARIABLES = {
  /** Operations that take longer are logged with where the time went; 0 for none. */
  MARQUEE_SLOW_OPERATION_MS: z.coerce.number().int().min(0).max(600_000).default(1_000),
  /** Of how many operations one is counted for who uses which field, and counted so many times; 0 for none. */
  MARQUEE_USAGE_EVERY: z.coerce.number().int().min(0).max(1_000_000).default(1),
  /** Folder for reports of the use of operations and fields. Every gateway needs its own. Absent: by HTTP alone. */
  MARQUEE_USAGE_DIR: z.string().min(1).optional(),
};

export interface SightConfig {
  /** Milliseconds; 0: none is slow. */
  readonly slowMs: number;
  readonly usageEvery: number;
  readonly usageFolder: string | undefined;
}

const variables = z.object(SIGHT_VARIABLES);

export function sightConfig(given: z.infer<typeof variables>): SightConfig {
  return {
    slowMs: given.MARQUEE_SLOW_OPERATION_MS,
    usageEvery: given.MARQUEE_USAGE_EVERY,
    usageFolder: given.MARQUEE_USAGE_DIR,
  };
}
