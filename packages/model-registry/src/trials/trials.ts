/**
 * What is being tried out beside production: a model in shadow, a canary. Derived from the registry's state, told to every process, and all
 * that one which serves has to know of the stages.
 */
import { z } from 'zod';
import { latestIn, productionOf, type RegistryState } from '../stages/registry-state.ts';

/** The key that trials are broadcast under, as JSON text. */
export const TRIALS_KEY = 'models/ranking/trials';

const version = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);

export const trialsSchema = z.object({
  shadow: z.object({ version }).nullable(),
  canary: z
    .object({
      version,
      /** Of the profiles. */
      share: z.number().gt(0).lt(1),
      /** Epoch milliseconds. */
      since: z.number().int(),
    })
    .nullable(),
});
export type Trials = z.infer<typeof trialsSchema>;
export type Canary = NonNullable<Trials['canary']>;

export const NO_TRIALS: Trials = { shadow: null, canary: null };

export function trialsOf(state: RegistryState): Trials {
  const shadow = latestIn('shadow', state);
  const canary = latestIn('canary', state);
  const entry = canary === undefined ? undefined : state.versions[canary];
  const share = entry?.share;
  // Nothing to be compared with: whoever is there serves all.
  if (productionOf(state) === undefined) return NO_TRIALS;
  return {
    shadow: shadow === undefined ? null : { version: shadow },
    canary:
      canary === undefined || entry === undefined || share === undefined
        ? null
        : { version: canary, share, since: Date.parse(entry.since) },
  };
}

/** What was broadcast; unreadable text is nothing tried. */
export function parseTrials(text: string): Trials {
  try {
    return trialsSchema.parse(JSON.parse(text));
  } catch {
    return NO_TRIALS;
  }
}
