/** What an evaluation of models found, with all that is needed to run it again; written as JSON as it is. */
import type { Comparison } from '@marquee/training';

export interface EvaluationReport {
  readonly data: string;
  readonly notes: readonly string[];
  readonly protocol: string;
  readonly options: Readonly<Record<string, number | string | boolean>>;
  readonly settings: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly comparison: Comparison;
}

export function reportTitle({ data, protocol, comparison: c }: EvaluationReport): string {
  const count = (value: number): string => value.toLocaleString('en-GB');
  return (
    `${data}, ${protocol}: trained on ${count(c.trainingInteractions)} interactions of ${count(c.trainingUsers)} users ` +
    `with ${count(c.items)} items; ${count(c.testUsers)} users asked for ${count(c.targets)} targets` +
    (c.unreachableTargets === 0 ? '' : `, ${count(c.unreachableTargets)} of which nobody has in training`)
  );
}
