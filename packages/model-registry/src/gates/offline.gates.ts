/** Whether a model is at least as good as the one in production, on the same examples. */
import { bootstrapInterval } from '@marquee/training';
import type { Examination } from './examine.ts';
import { type Contender, type Findings, type Gate, type GateLimits, verdict } from './gate.ts';

/** Fewer than these say nothing: production is then not compared with. */
const LEAST_GROUPS = 100;

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

/** NDCG@10 of what pages would be ordered by, higher is better. */
export const ndcgGain: Gate = (candidate, findings, limits) =>
  gainGate('ndcg@10', candidate, findings, limits, {
    of: ({ ndcg }) => ndcg,
    by: ({ groupWeights }) => groupWeights,
    ...{ sign: 1, tolerance: limits.ndcgTolerance },
  });

/** Log loss, lower is better. */
export const logLossGain: Gate = (candidate, findings, limits) =>
  gainGate('log-loss', candidate, findings, limits, {
    of: ({ logLoss }) => logLoss,
    by: ({ rowWeights }) => rowWeights,
    ...{ sign: -1, tolerance: limits.logLossTolerance },
  });

interface Measure {
  readonly of: (examination: Examination) => Float64Array;
  /** How much each group counts. */
  readonly by: (examination: Examination) => Float64Array;
  readonly sign: 1 | -1;
  readonly tolerance: number;
}

/**
 * Paired: the difference is taken group by group before groups are drawn, because groups differ more from each other than models do.
 * Too few groups make a wide interval, and a wide interval does not pass; the reason then says how many could tell.
 */
function gainGate(
  metric: string,
  candidate: Contender,
  findings: Findings,
  { seed, confidence }: GateLimits,
  { of, by, sign, tolerance }: Measure,
) {
  const { production, untrained } = findings;
  if (production === undefined)
    return verdict(metric, true, 'nothing that can be loaded is in production', {});
  const fair = fairGroups(production, findings);
  const [ours, theirs] = [
    of(candidate.examination),
    of(fair === undefined ? untrained : production.examination),
  ];
  const asked = fair ?? ours.keys().toArray();
  const weights = by(untrained);
  const all = mean(asked.map((group) => weights[group]!));
  const share = (group: number): number => (all > 0 ? weights[group]! / all : 1);
  const gains = Float64Array.from(asked, (group) => sign * share(group) * (ours[group]! - theirs[group]!));
  const { lower, upper } = bootstrapInterval(gains, { seed, confidence });
  const gain = mean(gains);
  const passed = lower >= -tolerance;
  const over = fair === undefined ? 'what needs no training' : 'production';
  const why =
    fair === undefined ? `; production was trained up to ${production.manifest.trainingWindow.to}` : '';
  const interval = `gain over ${over} ${signed(gain)} (${percent(confidence)} interval ${signed(lower)} to ${signed(upper)}; ${asked.length} watches${why})`;
  const more =
    upper < 0 ? '' : `, and some ${watchesNeeded(gains.length, gain - lower, tolerance)} watches could tell`;
  return verdict(
    metric,
    passed,
    passed ? interval : `${interval}: it may be worse by more than ${tolerance}${more}`,
    {
      candidate: mean(asked.map((group) => share(group) * ours[group]!)),
      [fair === undefined ? 'untrained' : 'production']: mean(
        asked.map((group) => share(group) * theirs[group]!),
      ),
      ...{ gain, lower, upper, tolerance, groups: asked.length },
    },
  );
}

/**
 * Groups that production has not learned from either: one that knows the answers looks better than it serves, and a candidate that is as good
 * would be refused. Undefined where too few are left.
 */
function fairGroups(
  { manifest }: Contender,
  { holdout, untrained }: Findings,
): readonly number[] | undefined {
  const all = untrained.ndcg.keys().toArray();
  const { to, examples } = manifest.trainingWindow;
  const learnedTo = Date.parse(to);
  if (examples === 0 || !(learnedTo >= Date.parse(holdout.from))) return all;
  // Instants are of whole seconds.
  const unseen = all.filter((group) => (holdout.groupsAt?.[group] ?? 0) > learnedTo);
  return unseen.length >= LEAST_GROUPS ? unseen : undefined;
}

/** So that one as good as production is let pass four times of five (z of 2.5 % and of 20 %). */
function watchesNeeded(groups: number, halfWidth: number, tolerance: number): number {
  return Math.ceil(groups * ((halfWidth / tolerance) * ((1.96 + 0.84) / 1.96)) ** 2);
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / Math.max(1, values.length);
}

export function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
