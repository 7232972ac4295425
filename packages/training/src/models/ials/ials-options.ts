/** What iALS can be told. */
import { requireOption } from '../recommender.ts';

export interface IalsOptions {
  /** Length of the vectors, a multiple of 8. */
  readonly dimensions?: number;
  /** Rounds; each solves all users, then all items. */
  readonly iterations?: number;
  /** λ of the frequency-scaled regularisation; 0 chooses it by `lambdaBySize`. */
  readonly lambda?: number;
  /** α₀: what an item that somebody does not have weighs, where one they have weighs 1. */
  readonly unobservedWeight?: number;
  /** ν: 0 regularises every row alike, 1 in proportion to its weight in the loss. */
  readonly nu?: number;
  /** σ: item vectors begin normal with deviation σ / √dimensions. */
  readonly deviation?: number;
  /** Interactions of a history that users are folded in with, the newest; 0 for all. Training is always on all. */
  readonly history?: number;
}

export type IalsSettings = Required<IalsOptions>;

export const IALS_DEFAULTS: IalsSettings = {
  dimensions: 64,
  iterations: 16,
  lambda: 0,
  unobservedWeight: 0.1,
  nu: 1,
  deviation: 0.1,
  history: 0,
};

/**
 * λ = 1.4 / √(users + items): the more there are, the smaller the share of chance in what they have in common. A rule of
 * thumb, not a theorem: at α₀ = 0.1 and ν = 1 the best λ of four random 80/20 splits, of 550 to 2,000 users with 1,200 to
 * 5,800 items each, tried in steps of about 1.6, were 1.2 to 1.9 over the same root. At MovieLens-20M's size it gives 0.0035,
 * where the code published with Rendle et al. 2021 uses 0.003.
 */
export function lambdaBySize({ users, items }: { readonly users: number; readonly items: number }): number {
  return 1.4 / Math.sqrt(users + items);
}

/**
 * @param size users and items that have interactions
 * @throws MarqueeError BAD_USER_INPUT naming the option that is out of range
 */
export function ialsSettings(
  options: IalsOptions,
  size: { readonly users: number; readonly items: number },
): IalsSettings {
  const {
    dimensions = IALS_DEFAULTS.dimensions,
    iterations = IALS_DEFAULTS.iterations,
    lambda = IALS_DEFAULTS.lambda,
    unobservedWeight = IALS_DEFAULTS.unobservedWeight,
    nu = IALS_DEFAULTS.nu,
    deviation = IALS_DEFAULTS.deviation,
    history = IALS_DEFAULTS.history,
  } = options;
  const whole =
    Number.isInteger(dimensions) && dimensions % 8 === 0 && dimensions >= 8 && dimensions <= 1_024;
  requireOption('dimensions', dimensions, whole, 'a multiple of 8 up to 1024');
  requireOption(
    'iterations',
    iterations,
    Number.isInteger(iterations) && iterations >= 1,
    'a whole number above 0',
  );
  requireOption('lambda', lambda, lambda >= 0 && Number.isFinite(lambda), 'at least 0');
  requireOption(
    'unobservedWeight',
    unobservedWeight,
    unobservedWeight > 0 && Number.isFinite(unobservedWeight),
    'above 0',
  );
  requireOption('nu', nu, nu >= 0 && nu <= 2, 'from 0 to 2');
  requireOption('deviation', deviation, deviation > 0 && Number.isFinite(deviation), 'above 0');
  requireOption('history', history, Number.isInteger(history) && history >= 0, 'a whole number from 0');
  const chosen = lambda === 0 ? lambdaBySize(size) : lambda;
  return { dimensions, iterations, lambda: chosen, unobservedWeight, nu, deviation, history };
}

/** Frequency-scaled regularisation of a row (Rendle et al. 2021, eq. 12): λ (|row| + α₀ · others)^ν. */
export function regularisation(
  settings: Pick<IalsSettings, 'lambda' | 'unobservedWeight' | 'nu'>,
  rowLength: number,
  others: number,
): number {
  return settings.lambda * (rowLength + settings.unobservedWeight * others) ** settings.nu;
}
