/** What an evaluation of models found, with all that is needed to run it again; written as JSON as it is. */
import type { Comparison } from '@marquee/training';
import type { TuningRecord } from './contestants.ts';

export interface EvaluationReport {
  readonly data: string;
  readonly notes: readonly string[];
  readonly protocol: string;
  readonly options: Readonly<Record<string, number | string | boolean>>;
  readonly settings: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By model whose settings were searched. */
  readonly tuning: Readonly<Record<string, TuningRecord>>;
  /** Weights by member by blend. */
  readonly blends: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly comparison: Comparison;
}

/** For people: the weights of each blend. */
export function blendNotes({ blends }: EvaluationReport): string[] {
  return Object.entries(blends).map(([name, weights]) => {
    const shares = Object.entries(weights).map(([member, weight]) => `${member} ${weight.toFixed(2)}`);
    return `blend ${name}: ${shares.join(', ')}`;
  });
}

/** For people: what tuning found, a line per model. */
export function tuningNotes({ tuning, settings }: EvaluationReport): string[] {
  return Object.entries(tuning).map(([model, { trials, before, after }]) => {
    const chosen = Object.entries(settings[model]!).map(
      ([option, value]) => `${option}=${Number(value.toPrecision(6))}`,
    );
    return `tuned ${model}: NDCG@10 on the validation split ${before.toFixed(4)} → ${after.toFixed(4)} in ${trials} trials: ${chosen.join(' ')}`;
  });
}

export function reportTitle({ data, protocol, comparison: c }: EvaluationReport): string {
  const count = (value: number): string => value.toLocaleString('en-GB');
  return (
    `${data}, ${protocol}: trained on ${count(c.trainingInteractions)} interactions of ${count(c.trainingUsers)} users ` +
    `with ${count(c.items)} items; ${count(c.testUsers)} users asked for ${count(c.targets)} targets` +
    (c.unreachableTargets === 0 ? '' : `, ${count(c.unreachableTargets)} of which nobody has in training`)
  );
}
