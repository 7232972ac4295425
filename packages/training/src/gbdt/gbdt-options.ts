/** What gradient-boosted trees can be told. Names and defaults follow LightGBM and xgboost where they agree. */
import { MarqueeError } from '@marquee/service-kit';
import type { GbdtRows } from './gbdt-rows.ts';

/**
 * `logistic`: log loss, scores are log-odds. `squared`: half the squared difference. `lambda-rank`: NDCG within groups
 * (Burges 2010), scores have no unit.
 */
export type GbdtObjective = 'logistic' | 'squared' | 'lambda-rank';

export interface GbdtOptions {
  readonly objective: GbdtObjective;
  readonly seed: number;
  readonly trees?: number;
  /** Greatest number of leaves of a tree; the leaf with the greatest gain is split first. */
  readonly leaves?: number;
  readonly learningRate?: number;
  /** 0: as deep as the leaves allow. */
  readonly maxDepth?: number;
  /** Bins per column, at most 255, beside the one of missing values. */
  readonly maxBins?: number;
  readonly minChildRows?: number;
  /** Least sum of hessians in a leaf. */
  readonly minChildWeight?: number;
  readonly l1?: number;
  readonly l2?: number;
  /** Least gain of a split (γ). */
  readonly minGain?: number;
  /** Share of columns a tree may use, and share of rows it learns from; drawn anew for every tree. */
  readonly columnFraction?: number;
  readonly rowFraction?: number;
  /** Columns whose numbers are names. Of each the 255 most frequent are told apart, others are as missing. */
  readonly categorical?: readonly number[];
  /** By column: 1 where the score may not fall as the value rises, −1 where it may not rise. */
  readonly monotone?: Readonly<Record<number, 1 | -1>>;
  /** Most categories on the listed side of a split. */
  readonly maxCategories?: number;
  /** Pulls a category's mean gradient to 0 before categories are ordered, in units of hessian. */
  readonly categorySmoothing?: number;
  /** L2 on top of `l2` in the gain of categorical splits. */
  readonly categoryL2?: number;
  /** LambdaRank: pairs with one of the first so many. NDCG is measured there too. */
  readonly truncation?: number;
  /** Ends after so many trees without a better validation figure; 0 never. Needs a validation set. */
  readonly earlyStopping?: number;
}

export type GbdtSettings = Required<GbdtOptions>;

export const GBDT_DEFAULTS: Omit<GbdtSettings, 'objective' | 'seed'> = {
  trees: 100,
  leaves: 31,
  learningRate: 0.1,
  maxDepth: 0,
  maxBins: 255,
  minChildRows: 20,
  minChildWeight: 1e-3,
  l1: 0,
  l2: 1,
  minGain: 0,
  columnFraction: 1,
  rowFraction: 1,
  categorical: [],
  monotone: {},
  maxCategories: 32,
  categorySmoothing: 10,
  categoryL2: 10,
  truncation: 30,
  earlyStopping: 0,
};

export interface GbdtTraining {
  /** Figures after every tree, and what `earlyStopping` goes by. */
  readonly validation?: GbdtRows;
  /** Threads that compute. Default: as many as the machine runs at once, eight at most. Changes nothing in the model. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: GbdtProgress) => void;
  /** `plain` computes in TypeScript on the calling thread: the same model, bit for bit, some times slower. */
  readonly kernels?: 'webassembly' | 'plain';
}

export interface GbdtProgress {
  readonly trees: number;
  readonly ofTrees: number;
  /** Log loss, root mean squared error, or NDCG on the validation set; absent without one. */
  readonly validation?: number;
}

interface Range {
  readonly least: number;
  readonly greatest?: number;
  readonly whole?: boolean;
  readonly open?: boolean;
}

const RANGES: Readonly<Record<string, Range>> = {
  trees: { least: 1, greatest: 100_000, whole: true },
  leaves: { least: 2, greatest: 4_096, whole: true },
  learningRate: { least: 0, greatest: 1, open: true },
  maxDepth: { least: 0, whole: true },
  maxBins: { least: 2, greatest: 255, whole: true },
  minChildRows: { least: 1, whole: true },
  minChildWeight: { least: 0, open: true },
  l1: { least: 0 },
  l2: { least: 0 },
  minGain: { least: 0 },
  columnFraction: { least: 0, greatest: 1, open: true },
  rowFraction: { least: 0, greatest: 1, open: true },
  maxCategories: { least: 1, greatest: 254, whole: true },
  categorySmoothing: { least: 0 },
  categoryL2: { least: 0 },
  truncation: { least: 1, whole: true },
  earlyStopping: { least: 0, whole: true },
};

/** @throws MarqueeError BAD_USER_INPUT naming the option that is out of range */
export function gbdtSettings(options: GbdtOptions, columns: number): GbdtSettings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings = { ...GBDT_DEFAULTS, ...given } as GbdtSettings;
  for (const [name, range] of Object.entries(RANGES)) {
    const value = settings[name as keyof GbdtSettings] as number;
    const above = range.open ? value > range.least : value >= range.least;
    const below = range.greatest === undefined ? Number.isFinite(value) : value <= range.greatest;
    if (!above || !below || (range.whole && !Number.isInteger(value))) refuse(name, describe(range), value);
  }
  if (!['logistic', 'squared', 'lambda-rank'].includes(settings.objective)) {
    refuse('objective', 'logistic, squared or lambda-rank', settings.objective);
  }
  for (const column of settings.categorical) requireColumn('categorical', column, columns);
  for (const [column, direction] of Object.entries(settings.monotone)) {
    requireColumn('monotone', Number(column), columns);
    if (direction !== 1 && direction !== -1) refuse(`monotone.${column}`, '1 or -1', direction);
    if (settings.categorical.includes(Number(column))) {
      refuse('monotone', 'of columns that are not categorical', column);
    }
  }
  return settings;
}

function requireColumn(name: string, column: number, columns: number): void {
  if (!Number.isInteger(column) || column < 0 || column >= columns) {
    refuse(name, `of columns from 0 to ${columns - 1}`, column);
  }
}

function describe({ least, greatest, whole, open }: Range): string {
  const from = open ? `above ${least}` : `at least ${least}`;
  return `${whole ? 'a whole number ' : ''}${from}${greatest === undefined ? '' : `, at most ${greatest}`}`;
}

function refuse(name: string, range: string, value: unknown): never {
  throw new MarqueeError('BAD_USER_INPUT', {
    message: `${name} must be ${range}, not ${value}`,
    field: name,
  });
}
