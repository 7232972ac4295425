/**
 * Examples that models are compared on and that none of them was trained on. Kept apart from the models: who trains a model must
 * not set its examination, or labels that went wrong in training would be wrong in the examination too.
 */
import { MarqueeError } from '@marquee/service-kit';

export interface HoldoutSet {
  /** Names of the ranker's columns, in order, and versions of the feature views they were made of. */
  readonly columns: readonly string[];
  readonly featureViews: Readonly<Record<string, number>>;
  /** Row-major, `rows × columns`. */
  readonly matrix: Float32Array;
  readonly rows: number;
  /** Above 0.5: watched. */
  readonly labels: Float32Array;
  /** How many rows each stands for; of a watch also of its group among the others. */
  readonly weights: Float32Array;
  /** Row → number of its group, what one viewer chose from at one moment; rows of a group lie together. */
  readonly groups: Uint32Array;
  /** Row → number of its title. Absent: coverage cannot be measured. */
  readonly items?: Uint32Array | undefined;
  /** Row → when its group was decided, in whole seconds of the epoch. Absent: only the set's ends are known. */
  readonly decidedAt?: Uint32Array | undefined;
  /** First and last example, ISO 8601. */
  readonly from: string;
  readonly to: string;
}

/** @throws MarqueeError BAD_USER_INPUT naming what makes it no examination. */
export function requireHoldout(set: HoldoutSet): void {
  const refuse = (message: string): never => {
    throw new MarqueeError('BAD_USER_INPUT', `the holdout set: ${message}`);
  };
  const { rows, columns, matrix, labels, weights, groups, items, decidedAt } = set;
  if (rows === 0) refuse('it has no rows');
  if (matrix.length !== rows * columns.length)
    refuse(`${matrix.length} values are not ${rows} × ${columns.length}`);
  const optional = [items, decidedAt].filter((array) => array !== undefined);
  for (const array of [labels, weights, groups, ...optional]) {
    if (array.length !== rows) refuse(`an array of ${array.length} for ${rows} rows`);
  }
  const positives = labels.reduce((sum, label) => sum + Number(label > 0.5), 0);
  if (positives === 0 || positives === rows) refuse('all labels are of one class');
  const finished = new Set<number>();
  for (let row = 1; row < rows; row++) {
    if (groups[row] === groups[row - 1]) continue;
    finished.add(groups[row - 1]!);
    if (finished.has(groups[row]!)) refuse(`rows of group ${groups[row]} do not lie together`);
  }
}
