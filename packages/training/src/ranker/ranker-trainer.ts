/**
 * The one way to train a ranker, whoever asks for it: examples in, a model folder out. A folder is written whole or not at all, its manifest
 * says what it was trained on and how well it did on the latest part of its examples.
 */
import type { EarlierLine } from './earlier-line.ts';
import type { RankingExamples } from './ranking-examples.ts';

export const RANKER_ALGORITHMS = ['logistic-regression', 'gbdt', 'multi-task'] as const;
export type RankerAlgorithm = (typeof RANKER_ALGORITHMS)[number];

/** What all rankers of the home page are versions of. */
export const RANKER_NAME = 'home-ranker';
/** With fewer positives than this there is a column for every few of them: the hand-set prior is the better guess. */
export const LEAST_POSITIVES = 300;

export interface RankerTraining {
  /** Instant of the training, epoch milliseconds; part of the version. */
  readonly now: number;
  /** Folder of model folders. */
  readonly folder: string;
  /** The same examples, options and seed give the same model, on any number of threads. */
  readonly seed: number;
  /** Version that is replaced, for the manifest. */
  readonly parent?: string | undefined;
  /** Ranking columns that the model is not to learn from, to see what they are worth. It is still fed with them. */
  readonly ignoredColumns?: readonly string[];
  /**
   * Learn as the first ranker did (ADR 0012): every watch against random titles, and no value; to measure what came since. Of
   * `logistic-regression` alone. Default false.
   */
  readonly asAtFirst?: boolean;
  /**
   * To go on from: only what is later is learned from, if there is enough of it. Of `logistic-regression` alone, without `ignoredColumns`. Default: all
   * examples speak for themselves.
   */
  readonly earlier?: EarlierLine | undefined;
  /** Told apart from other versions of the same instant. Letters, digits, dots and dashes. */
  readonly label?: string;
  readonly signal?: AbortSignal | undefined;
  /** Steps done, of about how many. */
  readonly onProgress?: (done: number, of: number) => void;
}

/**
 * @param examples undefined: there are none; every trainer then writes the hand-set prior, as with fewer than LEAST_POSITIVES positives.
 * @returns the model's folder, `<folder>/home-ranker-<version>`
 * @throws MarqueeError BAD_USER_INPUT naming a row that nothing can be learned from (`requireTrainable`), or options that do not go together;
 *   Error when that version exists already; the signal's reason
 */
export type RankerTrainer = (
  examples: RankingExamples | undefined,
  options: RankerTraining,
) => Promise<string>;

/** `20260101T120000Z`, and what tells it apart. */
export function rankerVersion({ now, label }: Pick<RankerTraining, 'now' | 'label'>, kind?: string): string {
  const instant = new Date(now).toISOString().replace(/[-:]/g, '').replace(/\..*$/, 'Z');
  return [instant, kind, label].filter((part) => part !== undefined).join('-');
}
