/** What a training set is made by; every value is in its manifest. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@marquee/domain';

export interface AttributionOptions {
  /** How long after a title was shown what happens to it still counts for the showing. Default 24 h. */
  readonly windowMs: number;
  /** Impressions of a title outside of slates that follow each other within this time are one showing. Default 6 h. */
  readonly sittingMs: number;
}

export interface TrafficLimits {
  /** Titles begun within an hour, by the clock, beyond which a profile is a machine. Default 60. */
  readonly playsPerHour: number;
  /** Events within an hour beyond which a profile floods. Default 3,000. */
  readonly eventsPerHour: number;
  /** How far a client's clock may be ahead. Default 5 min. */
  readonly clockAheadMs: number;
}

export interface SplitShares {
  readonly validation: number;
  readonly test: number;
  /** The test part is longer than its share until it holds so many qualified watches. Default: it is not. */
  readonly testWatches?: number;
  /** And never longer than this share. Default: `test`. */
  readonly testMost?: number;
}

export interface BuildSettings {
  /** Decisions from this instant on, epoch milliseconds. Default: all. */
  readonly from?: number;
  /** And before this one. Default: the last whose window has passed. */
  readonly to?: number;
  readonly seed: number;
  readonly attribution: AttributionOptions;
  readonly limits: TrafficLimits;
  /** Random titles per qualified watch. Default 4; 0 for none. */
  readonly randomNegatives: number;
  /** Shares of the examples, the latest. Default 0.1 each. */
  readonly split: SplitShares;
  /** Decisions taken at most, the latest. Bounds the memory: some 1 KB each with its negatives. Default 300,000. */
  readonly maxDecisions: number;
}

export const DEFAULT_SETTINGS: Omit<BuildSettings, 'seed'> = {
  attribution: { windowMs: DAY_MS, sittingMs: 6 * HOUR_MS },
  limits: { playsPerHour: 60, eventsPerHour: 3_000, clockAheadMs: 5 * MINUTE_MS },
  randomNegatives: 4,
  split: { validation: 0.1, test: 0.1 },
  maxDecisions: 300_000,
};
