/** One row of a training set: a moment at which somebody could decide for a title, and what came of it. */
import type { Device, TitleId } from '@marquee/domain';

/**
 * - `shown`: the title was on screen.
 * - `played`: it was played without having been seen on screen (search, imports, a lost impression).
 * - `random-negative`: drawn from the catalogue for a qualified watch, at the same instant.
 */
export type ExampleKind = 'shown' | 'played' | 'random-negative';
export type Split = 'train' | 'validation' | 'test';

export interface Outcome {
  readonly played: boolean;
  /** Most seconds watched in one playback within the window. */
  readonly watchSeconds: number;
  /** More than QUALIFIED_WATCH_SECONDS. */
  readonly qualified: boolean;
  /** Stopped before ABANDONMENT_SECONDS of a longer title. */
  readonly abandoned: boolean;
  /** The last one within the window. */
  readonly reaction: 'LIKE' | 'DISLIKE' | 'NONE' | undefined;
  readonly hidden: boolean;
}

export interface Decision {
  /** The event's that shows the decision could be made. */
  readonly id: string;
  readonly kind: Exclude<ExampleKind, 'random-negative'>;
  readonly profileId: string;
  readonly titleId: TitleId;
  /** By the client's clock, and not before its slate was served. */
  readonly decidedAt: number;
  readonly receivedAt: number;
  /** Of that event: features may know what stands before it, and nothing else. */
  readonly place: number;
  readonly device: Device | undefined;
  readonly outcome: Outcome;
  /** Of the first event of the outcome. */
  readonly outcomePlace: number | undefined;
  readonly slate: DecisionSlate | undefined;
}

export interface DecisionSlate {
  readonly id: string;
  readonly surface: string;
  /** Of the slate among all slates and events; undefined for a slate that is not in the lake. */
  readonly place: number | undefined;
  /** Instant of its features. */
  readonly servedAt: number | undefined;
  /** Where the title stands among its items; undefined when it does not. */
  readonly item: number | undefined;
  readonly rowKind: string | undefined;
  readonly row: number | undefined;
  readonly position: number | undefined;
  readonly propensity: number | undefined;
  readonly sources: readonly string[];
  readonly modelVersion: string | undefined;
  /** Experiment → variant, as JSON. */
  readonly assignments: string | undefined;
}

export interface Example {
  readonly id: string;
  /** A qualified watch and its random negatives are a group; every other example is one of its own. */
  readonly groupId: string;
  readonly kind: ExampleKind;
  readonly titleId: TitleId;
  readonly decision: Decision;
  readonly features: Float32Array;
  readonly origin: 'logged' | 'replay';
  /** As of when the features are, and before which place. */
  readonly featuresAt: number;
  readonly featuresPlace: number;
}

export const NOTHING_HAPPENED: Outcome = Object.freeze({
  played: false,
  watchSeconds: 0,
  qualified: false,
  abandoned: false,
  reaction: undefined,
  hidden: false,
});
