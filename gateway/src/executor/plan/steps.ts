/** A query plan in the form it is run in: what can be known before a request is worked out. */
import type { UnwantedParents } from '../planning/unwanted-parents.ts';
import type { ContextArguments } from './context-arguments.ts';
import type { Represent } from './representations.ts';
import type { Rewrite } from './rewrites.ts';

export type Step = SequenceStep | ParallelStep | ConditionStep | FetchStep;

/** What a deferred fragment needs to have fetched, beyond what came before it. */
export interface DeferredSteps {
  readonly label: string;
  readonly step: Step;
  /** Inside it; they come after its step, side by side. */
  readonly deferred: readonly DeferredSteps[];
}

export interface SequenceStep {
  readonly kind: 'sequence';
  readonly steps: readonly Step[];
}

export interface ParallelStep {
  readonly kind: 'parallel';
  readonly steps: readonly Step[];
}

/** One of two ways, by a Boolean variable of the operation. */
export interface ConditionStep {
  readonly kind: 'condition';
  readonly variable: string;
  readonly ifTrue: Step | undefined;
  readonly ifFalse: Step | undefined;
}

/** One operation of one subgraph for the objects at a path. */
export interface FetchStep {
  readonly kind: 'fetch';
  /** Unique in the plan. */
  readonly id: number;
  readonly subgraph: string;
  /** Where the objects are that the fetch is about; `@` stands for the items of a list. Empty: the root. */
  readonly path: readonly string[];
  /** Of which types the objects on the way must not be. Undefined: they may be of any. */
  readonly parents: UnwantedParents | undefined;
  readonly query: string;
  readonly operationName: string | undefined;
  readonly operationKind: 'query' | 'mutation' | 'subscription';
  /** Arguments that come from what stands above the objects. */
  readonly context: ContextArguments | undefined;
  /** The client's variables that the operation uses. */
  readonly variableNames: readonly string[];
  /** For entities that lack what some of the fields require: the other fields. */
  readonly forOthers: FetchStep | undefined;
  /** Present for fetches of entities. */
  readonly represent: Represent | undefined;
  readonly rewriteOutput: Rewrite | undefined;
  /**
   * Places of one entity may share what was found. Not where another fetch writes into the same nested objects:
   * there, what is right for one place need not be for the other.
   */
  readonly mayShare: boolean;
  /** From keys in the subgraph's answer to the client's response names, for error paths. */
  readonly responseNames: ReadonlyMap<string, string>;
}
