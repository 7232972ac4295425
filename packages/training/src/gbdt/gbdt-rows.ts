/** The examples that trees are grown on, and what is refused of them. */
import { setImmediate as nextTick } from 'node:timers/promises';
import { MarqueeError } from '@marquee/service-kit';
import type { GbdtSettings } from './gbdt-options.ts';

export interface GbdtRows {
  /**
   * Row-major, `rows × columns`. NaN is a missing value. Infinities are ordinary: beyond all other numbers. A categorical column
   * holds whole numbers from 0, or NaN.
   */
  readonly matrix: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** Logistic: 0 to 1. Squared: any number. LambdaRank: relevance, whole numbers from 0 to 30. */
  readonly labels: Float32Array;
  /** Sample weights from 0; absent: all 1. LambdaRank weights a group by its first row. */
  readonly weights?: Float32Array;
  /**
   * Scores that something else gives the rows, in the model's unit: trees learn what is left to say, and their scores are to be added. The model's own
   * base score is 0 then. A validation set has them, too.
   */
  readonly margins?: Float32Array;
  /** LambdaRank: how many consecutive rows belong to each query (slate), in the rows' order. */
  readonly groupSizes?: Uint32Array;
}

/** Categories beyond are not whole in float32. */
export const MAX_CATEGORY = 2 ** 24;
export const MAX_RELEVANCE = 30;
const SLICE_VALUES = 1_000_000;

/** Says which rows it is about. */
type Refuse = (message: string, field: string) => never;

/**
 * @param role validation rows may well have one class
 * @throws MarqueeError BAD_USER_INPUT naming the row, column or argument that does not fit
 */
export async function requireRows(
  data: GbdtRows,
  settings: GbdtSettings,
  role: 'training' | 'validation' = 'training',
): Promise<void> {
  const refuse: Refuse = (message, field) => {
    throw new MarqueeError('BAD_USER_INPUT', { message: `${role} data: ${message}`, field });
  };
  const { matrix, rows, columns, labels, weights, margins } = data;
  const whole = Number.isInteger(rows) && Number.isInteger(columns);
  if (!whole || rows < 1 || columns < 1) refuse(`there are no ${role} rows`, 'rows');
  if (matrix.length < rows * columns) refuse(`${matrix.length} values for ${rows} × ${columns}`, 'matrix');
  if (labels.length < rows) refuse(`${labels.length} labels for ${rows} rows`, 'labels');
  if (weights !== undefined) requireWeights(weights, rows, refuse);
  if (margins !== undefined) requireMargins(margins, rows, refuse);
  requireLabels(data, settings, refuse);
  if (settings.objective === 'logistic' && role === 'training') requireTwoClasses(data, refuse);
  if (settings.objective === 'lambda-rank') requireGroups(data, refuse);
  await requireCategories(data, settings.categorical, refuse);
}

function requireLabels({ labels, rows }: GbdtRows, { objective }: GbdtSettings, refuse: Refuse): void {
  for (let row = 0; row < rows; row++) {
    const label = labels[row]!;
    const valid =
      objective === 'logistic'
        ? label >= 0 && label <= 1
        : objective === 'squared'
          ? Number.isFinite(label)
          : Number.isInteger(label) && label >= 0 && label <= MAX_RELEVANCE;
    if (!valid) refuse(`the label ${label} of row ${row} does not suit the objective ${objective}`, 'labels');
  }
}

/** Among the rows that weigh anything: where others are alone in their class, the log-odds of the mean are infinite. */
function requireTwoClasses({ labels, weights, rows }: GbdtRows, refuse: Refuse): void {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < rows; row++) {
    if (weights?.[row] === 0) continue;
    least = Math.min(least, labels[row]!);
    greatest = Math.max(greatest, labels[row]!);
  }
  if (least === greatest) refuse('all labels are of one class', 'labels');
}

function requireMargins(margins: Float32Array, rows: number, refuse: Refuse): void {
  if (margins.length < rows) refuse(`${margins.length} margins for ${rows} rows`, 'margins');
  for (let row = 0; row < rows; row++) {
    if (!Number.isFinite(margins[row]!)) refuse(`the margin of row ${row} is ${margins[row]}`, 'margins');
  }
}

function requireWeights(weights: Float32Array, rows: number, refuse: Refuse): void {
  if (weights.length < rows) refuse(`${weights.length} weights for ${rows} rows`, 'weights');
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const weight = weights[row]!;
    if (!(weight >= 0) || !Number.isFinite(weight)) refuse(`row ${row} weighs ${weight}`, 'weights');
    sum += weight;
  }
  if (sum === 0) refuse('all weights are 0', 'weights');
}

function requireGroups({ groupSizes, rows }: GbdtRows, refuse: Refuse): void {
  if (groupSizes === undefined) refuse('LambdaRank needs the sizes of groups', 'groupSizes');
  let sum = 0;
  for (const size of groupSizes) sum += size;
  if (sum !== rows) refuse(`groups have ${sum} rows together, the matrix has ${rows}`, 'groupSizes');
}

async function requireCategories(
  { matrix, rows, columns }: GbdtRows,
  categorical: readonly number[],
  refuse: Refuse,
): Promise<void> {
  for (const column of categorical) {
    if (column >= columns) refuse(`there is no column ${column} to be categorical`, 'categorical');
    for (let row = 0; row < rows; row++) {
      const value = matrix[row * columns + column]!;
      if (!Number.isNaN(value) && !(Number.isInteger(value) && value >= 0 && value < MAX_CATEGORY)) {
        refuse(`row ${row}, column ${column} is categorical and holds ${value}`, 'matrix');
      }
      if (row % SLICE_VALUES === SLICE_VALUES - 1) await nextTick();
    }
  }
}
