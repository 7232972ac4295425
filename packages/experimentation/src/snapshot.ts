/**
 * The experiment configuration as it is used: validated, with dates as instants.
 *
 * - A **layer** divides profiles into 10,000 buckets. Experiments of one layer own disjoint bucket ranges, so no
 *   profile is in two of them; layers are independent of each other.
 * - A **holdout** keeps a share of profiles out of all layers, or of those it names. It is looked at first.
 * - A **variant** carries the parameters that code reads. A parameter belongs to one layer, so that two
 *   experiments never disagree about it.
 */
import type { Segment } from '@marquee/domain';

/** Buckets per layer; one bucket is 0.01 % of profiles. */
export const BUCKETS = 10_000;

/** Half-open: a bucket belongs when `from <= bucket < to`. */
export interface BucketRange {
  readonly from: number;
  readonly to: number;
}

export type ParameterValue = string | number | boolean;

export interface Variant {
  readonly key: string;
  readonly description: string;
  /** Relative to the sum over the experiment's variants; positive. */
  readonly weight: number;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

/** DRAFT and CONCLUDED assign nobody; PAUSED assigns nobody and keeps its buckets for a resumption. */
export const EXPERIMENT_STATUSES = ['DRAFT', 'RUNNING', 'PAUSED', 'CONCLUDED'] as const;
export type ExperimentStatus = (typeof EXPERIMENT_STATUSES)[number];

export interface Experiment {
  readonly key: string;
  readonly description: string;
  /** Who answers for it. */
  readonly owner: string;
  readonly layerKey: string;
  readonly status: ExperimentStatus;
  readonly buckets: BucketRange;
  /** Varies the draw of variants; change it only to reshuffle everybody. */
  readonly salt: string;
  /** First instant of the experiment, epoch milliseconds. */
  readonly startsAt: number;
  /** First instant after it; absent: open-ended. */
  readonly endsAt?: number;
  /** Absent: everybody. */
  readonly segments?: readonly Segment[];
  readonly variants: readonly Variant[];
}

export interface Layer {
  readonly key: string;
  readonly description: string;
  readonly salt: string;
}

export interface Holdout {
  readonly key: string;
  readonly description: string;
  readonly salt: string;
  /** Profiles whose bucket (under this salt) lies below are held out. */
  readonly buckets: number;
  /** Absent: every layer. */
  readonly layerKeys?: readonly string[];
}

export interface ExperimentsSnapshot {
  readonly holdouts: readonly Holdout[];
  readonly layers: readonly Layer[];
  readonly experiments: readonly Experiment[];
}
