/** What the thread that serves and the one that plans say to each other. Everything here is cloned on its way. */
import type { QueryPlan } from '@apollo/query-planner';
import { isMarqueeError, MarqueeError } from '@marquee/service-kit';
import { GraphQLError } from 'graphql';
import type { ContractFilter } from '../../contracts/contract-filter.ts';
import type { OverrideShares } from '../planning/override-labels.ts';
import type { SupergraphChange } from '../supergraph/supergraph-change.ts';
import type { SupergraphFacts } from '../supergraph/supergraph-facts.ts';
import type { PlanOutcome, PlanRequest } from './plans-at-hand.ts';

/** A supergraph, and how it is read. */
export interface Reading {
  readonly sdl: string;
  readonly enforcedFeatures: readonly string[];
  readonly overrideShares: OverrideShares;
}

export interface LoadRequest extends Reading {
  readonly kind: 'load';
  /** By which the others name the graph from now on. */
  readonly graph: number;
  readonly closely: boolean;
  readonly isChecked: boolean;
  /** The graph that it is to take the place of. */
  readonly since?: number | undefined;
}

export type PlanningRequest =
  | LoadRequest
  | ({ readonly kind: 'plan'; readonly graph: number } & PlanRequest)
  | ({ readonly kind: 'plan ahead'; readonly graph: number } & PlanRequest)
  | { readonly kind: 'plan all'; readonly graph: number; readonly text: string }
  /** About no graph that was loaded. What comes of it is read in the same way. */
  | ({ readonly kind: 'contract'; readonly contract: ContractFilter } & Reading)
  | { readonly kind: 'check'; readonly graph: number; readonly text: string }
  | { readonly kind: 'release'; readonly graph: number };

/** By kind of request. */
export interface PlanningAnswers {
  /** To whoever looks at it, that before which it is to take the place of. */
  readonly load:
    | 'the same'
    | {
        /** The schema that clients see, in pieces of whole definitions. */
        readonly apiSdl: readonly string[];
        readonly facts: SupergraphFacts;
        /** From the graph before. */
        readonly change: SupergraphChange | undefined;
      };
  readonly plan: PlannedOutcome;
  readonly 'plan ahead': readonly KeyedOutcome[];
  readonly 'plan all': readonly KeyedOutcome[];
  /** The supergraph of the variant. */
  readonly contract: string;
  /** What is wrong with the document. */
  readonly check: string | undefined;
}

export interface KeyedOutcome {
  readonly key: string;
  readonly outcome: PlannedOutcome;
}

export type PlannedOutcome = { readonly plan: QueryPlan } | { readonly failure: PlanningFailure };

/** An error, as far as it can be sent. */
export interface PlanningFailure {
  readonly kind: 'graphql' | 'config' | 'fault';
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly stack?: string | undefined;
}

/** To anything but a release. The first message is nothing: the thread is there. */
export type PlanningReply =
  | { readonly answer: PlanningAnswers[keyof PlanningAnswers] }
  | { readonly failure: PlanningFailure };

export function failureOf(error: unknown): PlanningFailure {
  if (error instanceof GraphQLError) {
    return { kind: 'graphql', message: error.message, extensions: { ...error.extensions } };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { kind: isMarqueeError(error) ? 'config' : 'fault', message, stack };
}

export function errorOf({ kind, message, extensions = {}, stack }: PlanningFailure): Error {
  if (kind === 'graphql') return new GraphQLError(message, { extensions: { ...extensions } });
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  return kind === 'config' ? new MarqueeError('CONFIG_INVALID', { message, cause }) : cause;
}

export function outcomeOf(planned: PlannedOutcome): PlanOutcome {
  return 'plan' in planned ? planned : { failure: errorOf(planned.failure) };
}
