/** What operations may cost; named as Apollo Router names it. */
import { z } from 'zod';

export const demandControlSchema = z.strictObject({
  /** `measure` computes and reports, `enforce` refuses what costs more than `max`. */
  mode: z.enum(['off', 'measure', 'enforce']).default('measure'),
  /** The most that one operation may be estimated to cost. */
  max: z.number().min(0).max(1e12).default(25_000),
  /** Items of a list whose field has no `@listSize`. */
  listSize: z.number().int().min(0).max(1_000_000).default(10),
  /**
   * Of how many answers one is also counted for what it really cost, which reads it once more; 0 for none but those
   * whose client asks.
   */
  actualEvery: z.number().int().min(0).max(1_000_000).default(10),
});

export type DemandControlOptions = z.infer<typeof demandControlSchema>;

/** The same from the environment. */
export const DEMAND_CONTROL_VARIABLES = {
  /** `measure` estimates and counts what operations cost; `enforce` also refuses those above the bounds below. */
  MARQUEE_COST_MODE: z.enum(['off', 'measure', 'enforce']).default('measure'),
  /** The most expensive shipped operation, the home page, is estimated to cost about 3,700. */
  MARQUEE_COST_MAX: z.coerce.number().min(0).max(1e12).default(25_000),
  /** Taken as the length of lists without `@listSize`. */
  MARQUEE_COST_LIST_SIZE: z.coerce.number().int().min(0).max(1_000_000).default(10),
  /** One in so many answers is measured for its actual cost; 0: none but those whose client asks. */
  MARQUEE_COST_ACTUAL_EVERY: z.coerce.number().int().min(0).max(1_000_000).default(10),
};

const variables = z.object(DEMAND_CONTROL_VARIABLES);

export function demandControlConfig(given: z.infer<typeof variables>): DemandControlOptions {
  return demandControlSchema.parse({
    mode: given.MARQUEE_COST_MODE,
    max: given.MARQUEE_COST_MAX,
    listSize: given.MARQUEE_COST_LIST_SIZE,
    actualEvery: given.MARQUEE_COST_ACTUAL_EVERY,
  });
}
