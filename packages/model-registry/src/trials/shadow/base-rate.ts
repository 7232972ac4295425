/**
 * How much two rankers promise on the whole differs for good reasons. Probabilities may be of titles on screen, of which few are watched, or of a watch
 * among a few random titles, where nobody knows what was on screen; and what a model likes best it shows, and overrates: one that has learned from its
 * pages promises less. In log odds both are constants (Elkan 2001, King and Zeng 2001; Van Calster et al. 2019 on calibration in the large). Which of two
 * levels is right outcomes say, which the examination has. In shadow there are none: what is left to ask is whether the difference is that of the examination.
 */
import type { ModelManifest } from '@marquee/model-runtime';
import { z } from 'zod';

/** Of models that do not say, as all were: four titles beside each watch. */
const UNSAID = 0.2;

/** Figure of the calibration gate: by how much the candidate's log odds lie above production's, on the whole. */
export const PROMISED_MORE = 'promisedMore';

/** As much of a `GateReport` as is needed, whoever wrote it. */
const evidenceSchema = z.object({
  comparedWith: z.string().nullable(),
  gates: z.array(z.object({ gate: z.string(), figures: z.record(z.string(), z.number()) })),
});

/**
 * @param evidence of the gates that let a model into shadow
 * @returns by how much its log odds are to be moved to promise as much as production's; undefined where it was not examined beside this production
 */
export function examinedLogOdds(evidence: unknown, production: string): number | undefined {
  const { data } = evidenceSchema.safeParse(evidence);
  if (data?.comparedWith !== production) return undefined;
  const more = data.gates.find(({ gate }) => gate === 'calibration')?.figures[PROMISED_MORE];
  return more === undefined ? undefined : -more;
}

/** @returns by how much the log odds of `other` are to be moved to be about what those of `model` are about, where nothing but their manifests is known */
export function logOddsBetween(
  model: Pick<ModelManifest, 'parameters'> | undefined,
  other: Pick<ModelManifest, 'parameters'> | undefined,
): number {
  return logOddsOf(model) - logOddsOf(other);
}

function logOddsOf(manifest: Pick<ModelManifest, 'parameters'> | undefined): number {
  const baseRate = manifest?.parameters.baseRate;
  const said = typeof baseRate === 'number' && baseRate > 0 && baseRate < 1 ? baseRate : UNSAID;
  return Math.log(said / (1 - said));
}
