/** Where supergraphs are read and operations are planned: in this thread, or in one of its own (`planning-thread.ts`). */
import { type DocumentNode, validate } from 'graphql';
import type { ContractFilter } from '../../contracts/contract-filter.ts';
import { contractSupergraph } from '../../contracts/contract-supergraph.ts';
import type { Pause } from '../planning/pauses.ts';
import {
  type LoadedSupergraph,
  type ReadSupergraph,
  readSupergraph,
  type SupergraphOptions,
} from '../supergraph/supergraph.ts';
import { changeBetween, type SupergraphChange } from '../supergraph/supergraph-change.ts';
import { supergraphDocument } from '../supergraph/supergraph-document.ts';
import { PlanPending } from './plans-at-hand.ts';

export interface LoadOptions extends SupergraphOptions {
  /** Its schemas are checked too, for what comes from outside while others are being served. */
  readonly closely: boolean;
  /** Whoever made the text has seen that it is a supergraph. Default: it comes from outside. */
  readonly isChecked?: boolean;
}

export interface Planner {
  /**
   * @param pause between the pieces of what has to be done in the thread that asks.
   * @throws MarqueeError CONFIG_INVALID for a text that is no supergraph that can be served; DEPENDENCY_UNAVAILABLE or
   * DEADLINE_EXCEEDED where nobody could find out.
   */
  load(sdl: string, options: LoadOptions, pause: Pause): Promise<PlannableSupergraph>;
  /**
   * One that is to take the place of another.
   * @returns undefined where clients would see no difference, nor anybody else: the one before may stay.
   */
  loadNext(
    sdl: string,
    since: PlannableSupergraph,
    options: LoadOptions,
    pause: Pause,
  ): Promise<PlannableSupergraph | undefined>;
  /**
   * `contractSupergraph`, and throws as that does.
   * @param options of whoever loads it next.
   * @returns perhaps the text before, where clients of the variant would see no difference.
   */
  contractOf(sdl: string, contract: ContractFilter, options?: SupergraphOptions): Promise<string>;
}

export interface PlannableSupergraph {
  readonly supergraph: LoadedSupergraph;
  /** From the one that it takes the place of. Absent: anything may be different. */
  readonly change: SupergraphChange | undefined;
  /** @returns what is wrong with a document over the schema that clients see; undefined for a valid one. */
  problemOf(document: DocumentNode): Promise<string | undefined>;
  /**
   * Has everything planned that can be planned of an operation without a request's variables.
   * @returns whether its plans are at hand now. Otherwise they are made when the operation is prepared.
   * @throws GraphQLError for a document that is not valid, or an operation that cannot be planned.
   */
  planAhead(
    document: DocumentNode,
    operationName: string | undefined,
    overrides: readonly string[],
  ): Promise<boolean>;
  /**
   * Plans ahead the operations of a document that perhaps nobody sends.
   * @returns whether their plans are at hand now. Otherwise whoever wants them has to prepare them.
   * @throws GraphQLError for a text that is not a valid document, or whose operations cannot be planned.
   */
  expect(text: string): Promise<boolean>;
  /** It is in force no more. What is still being answered on it may be planned all the same. */
  release(): void;
}

/** Blocks while it reads and plans: for commands, tests, and whoever serves nobody meanwhile. */
export const plannerInThisThread: Planner = {
  contractOf: async (sdl, contract) => contractSupergraph(sdl, contract),
  load: async (sdl, options) => plannable(readSupergraph(sdl, options, options.closely)),
  async loadNext(sdl, since, options) {
    const read = readSupergraph(sdl, options, options.closely);
    const change = changeBetween(supergraphDocument(since.supergraph.sdl), read.document);
    return change?.isVisible === false ? undefined : plannable(read, change);
  },
};

function plannable({ supergraph }: ReadSupergraph, change?: SupergraphChange): PlannableSupergraph {
  const problemIn = (document: DocumentNode) =>
    validate(supergraph.apiSchema, document, undefined, { maxErrors: 1 })[0];
  return {
    ...{ supergraph, change },
    problemOf: async (document) => problemIn(document)?.message,
    async planAhead(document) {
      const problem = problemIn(document);
      if (problem !== undefined) throw problem;
      return false;
    },
    expect: async () => false,
    release: () => undefined,
  };
}

/** An operation has a plan for the whole answer and one in parts, for each way of deciding its conditions. */
const MAX_WAITS = 40;

/**
 * Does what plans are needed for, from the beginning for each that had to be waited for: up to there nothing must have
 * been done that counts.
 */
export async function oncePlanned<Result>(attempt: () => Result | Promise<Result>): Promise<Result> {
  for (let waits = 0; ; waits++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof PlanPending) || waits === MAX_WAITS) throw error;
      await error.made;
    }
  }
}
