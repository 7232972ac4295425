/**
 * What a ranker's probabilities are about: titles on screen, of which few are watched, or a watch among a few random titles, where nobody knows
 * what was on screen. Two such models say the same of a title in other numbers; in log odds they differ by a constant (Elkan 2001, King and Zeng 2001).
 */
import type { ModelManifest } from '@marquee/model-runtime';

/** Of models that do not say, as all were: four titles beside each watch. */
const UNSAID = 0.2;

/** @returns by how much the log odds of `other` are to be moved to be about what those of `model` are about */
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
