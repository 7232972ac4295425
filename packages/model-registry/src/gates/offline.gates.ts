/** Whether a model is at least as good as the one in production, on the same examples. */
import { bootstrapInterval } from '@marquee/training';
import { type Gate, verdict } from './gate.ts';

/** A model that has seen the answers has not passed an examination. */
export const unseenHoldout: Gate = ({ manifest }, { holdout }) => {
  const { to } = manifest.trainingWindow;
  const untrained = manifest.trainingWindow.examples === 0;
  const unseen = untrained || Date.parse(to) < Date.parse(holdout.from);
  return verdict(
    'unseen-holdout',
    unseen,
    unseen
      ? `${holdout.name} begins after the training ended`
      : `it was trained up to ${to}, and ${holdout.name} begins at ${holdout.from}: it may know the answers`,
  );
};

/** NDCG@10, higher is better. */
export const ndcgGain: Gate = (candidate, findings, limits) =>
  gainGate('ndcg@10', candidate.examination.ndcg, findings.production?.examination.ndcg, 1, {
    tolerance: limits.ndcgTolerance,
    ...limits,
  });

/** Log loss, lower is better. */
export const logLossGain: Gate = (candidate, findings, limits) =>
  gainGate('log-loss', candidate.examination.logLoss, findings.production?.examination.logLoss, -1, {
    tolerance: limits.logLossTolerance,
    ...limits,
  });

/**
 * Paired: the difference is taken group by group before groups are drawn, because groups differ more from each other than models do.
 * Too few groups make a wide interval, and a wide interval does not pass.
 */
function gainGate(
  metric: string,
  ours: Float64Array,
  theirs: Float64Array | undefined,
  sign: 1 | -1,
  { tolerance, confidence, seed }: { tolerance: number; confidence: number; seed: number },
) {
  if (theirs === undefined) return verdict(metric, true, 'nothing that can be loaded is in production', {});
  const gains = ours.map((value, group) => sign * (value - theirs[group]!));
  const { lower, upper } = bootstrapInterval(gains, { seed, confidence });
  const gain = mean(gains);
  const passed = lower >= -tolerance;
  const interval = `${signed(gain)} (${percent(confidence)} interval ${signed(lower)} to ${signed(upper)})`;
  return verdict(
    metric,
    passed,
    passed
      ? `gain over production ${interval}`
      : `gain over production ${interval}: it may be worse by more than ${tolerance}`,
    { candidate: mean(ours), production: mean(theirs), gain, lower, upper, tolerance },
  );
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

export function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
