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
  /** Each fold's own, where there are several; what stands beside is about all of them. */
  readonly folds?: readonly EvaluationReport[];
}

/** For people: what is to be known of the data and of the trainings. */
export function reportNotes({ notes, folds }: EvaluationReport): string[] {
  return folds === undefined ? [...notes] : ofFolds(folds, reportNotes);
}

/** For people: the weights of each blend. */
export function blendNotes({ blends, folds }: EvaluationReport): string[] {
  if (folds !== undefined) return ofFolds(folds, blendNotes);
  return Object.entries(blends).map(([name, weights]) => {
    const shares = Object.entries(weights).map(([member, weight]) => `${member} ${weight.toFixed(2)}`);
    return `blend ${name}: ${shares.join(', ')}`;
  });
}

/** For people: what tuning found, a line per model. */
export function tuningNotes({ tuning, settings, folds }: EvaluationReport): string[] {
  if (folds !== undefined) return ofFolds(folds, tuningNotes);
  return Object.entries(tuning).map(([model, { trials, before, after }]) => {
    const chosen = Object.entries(settings[model]!).map(
      ([option, value]) => `${option}=${Number(value.toPrecision(6))}`,
    );
    return `tuned ${model}: NDCG@10 on the validation split ${before.toFixed(4)} → ${after.toFixed(4)} in ${trials} trials: ${chosen.join(' ')}`;
  });
}

/** What is said of every fold is said once. */
function ofFolds(
  folds: readonly EvaluationReport[],
  notesOf: (fold: EvaluationReport) => string[],
): string[] {
  const notes = folds.map(notesOf);
  const common = notes[0]!.filter((note) => notes.every((own) => own.includes(note)));
  const others = notes.flatMap((own, i) =>
    own.filter((note) => !common.includes(note)).map((note) => `fold ${i + 1}: ${note}`),
  );
  return [...common.map((note) => `every fold: ${note}`), ...others];
}

export function reportTitle({ data, protocol, comparison: c, folds }: EvaluationReport): string {
  const count = (value: number): string => value.toLocaleString('en-GB');
  const mean = folds === undefined ? '' : `, means over ${folds.length} folds`;
  return (
    `${data}, ${protocol}${mean}: trained on ${count(c.trainingInteractions)} interactions of ${count(c.trainingUsers)} users ` +
    `with ${count(c.items)} items; ${count(c.testUsers)} users asked for ${count(c.targets)} targets` +
    (c.unreachableTargets === 0 ? '' : `, ${count(c.unreachableTargets)} of which nobody has in training`)
  );
}
