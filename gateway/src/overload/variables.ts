/** Configuration of the overload protection. */
import { z } from 'zod';
import { count, milliseconds } from '../number-variables.ts';

export const OVERLOAD_VARIABLES = {
  /** `off` leaves only the bound on requests in the gateway at once. */
  MARQUEE_OVERLOAD_PROTECTION: z.enum(['on', 'off']).default('on'),
  /** GraphQL requests in the gateway at once, waiting ones included; more are refused before their body is read. */
  MARQUEE_MAX_IN_FLIGHT: count(1_024, 1, 100_000),
  /** The adaptive number of GraphQL requests that are worked on at once is at least this. */
  MARQUEE_CONCURRENCY_MIN: count(1, 1, 10_000),
  /** And at most this. */
  MARQUEE_CONCURRENCY_MAX: count(256, 1, 100_000),
  /** GraphQL requests that may wait for their turn. */
  MARQUEE_QUEUE_LIMIT: count(512, 0, 100_000),
  /** The longest wait as long as the queue drains: how long a burst may take. */
  MARQUEE_QUEUE_MAX_WAIT_MS: milliseconds(3_000),
  /** The longest wait while the queue does not drain (CoDel's target). Critical requests wait twice as long. */
  MARQUEE_QUEUE_TARGET_MS: milliseconds(25),
  /**
   * How long a queue that does not drain is taken for a burst (CoDel's interval). Longer than a page of parallel
   * requests needs on a machine that is busy with other things, or such a page would be refused.
   */
  MARQUEE_QUEUE_INTERVAL_MS: milliseconds(400),
  /**
   * How long a queue may grow without a pause until it is taken for an overload, if it holds half an interval's work by then.
   * Not below the interval: that alone decides.
   */
  MARQUEE_QUEUE_ONSET_MS: milliseconds(150, 10),
  /** Root fields whose queries go before others, separated by commas. Mutations always do. */
  MARQUEE_CRITICAL_FIELDS: z
    .string()
    .regex(/^[_A-Za-z]\w*( *, *[_A-Za-z]\w*)*$/, 'must be names of root fields, separated by commas')
    .default('home'),
};

export interface OverloadConfig {
  readonly enabled: boolean;
  readonly concurrency: { readonly min: number; readonly max: number };
  readonly queue: {
    readonly limit: number;
    readonly maxWaitMs: number;
    readonly targetMs: number;
    readonly intervalMs: number;
    readonly onsetMs: number;
  };
  /** Root fields of queries that go before others. */
  readonly criticalFields: ReadonlySet<string>;
}

const shape = z.object(OVERLOAD_VARIABLES);

export function overloadConfig(variables: z.infer<typeof shape>): OverloadConfig {
  return {
    enabled: variables.MARQUEE_OVERLOAD_PROTECTION === 'on',
    concurrency: { min: variables.MARQUEE_CONCURRENCY_MIN, max: variables.MARQUEE_CONCURRENCY_MAX },
    queue: {
      limit: variables.MARQUEE_QUEUE_LIMIT,
      maxWaitMs: variables.MARQUEE_QUEUE_MAX_WAIT_MS,
      targetMs: variables.MARQUEE_QUEUE_TARGET_MS,
      intervalMs: variables.MARQUEE_QUEUE_INTERVAL_MS,
      onsetMs: variables.MARQUEE_QUEUE_ONSET_MS,
    },
    criticalFields: new Set(variables.MARQUEE_CRITICAL_FIELDS.split(',').map((name) => name.trim())),
  };
}
