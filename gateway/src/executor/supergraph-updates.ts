/** From one supergraph to the next in two steps: whatever takes time or can fail, and the swap, which does neither. */
import type { Logger } from '@marquee/service-kit';
import type { GraphQLSchema } from 'graphql';
import type { Generation, Generations } from './generations.ts';
import type { PlannableSupergraph, Planner } from './planner/planner.ts';
import { createPause, type Pause } from './planning/pauses.ts';
import { PlanningAhead } from './planning-ahead.ts';
import type { SupergraphOptions } from './supergraph/supergraph.ts';

/** A graph that is about to take over. */
export interface NextGraph extends Pick<PlannableSupergraph, 'problemOf' | 'change'> {
  readonly schema: GraphQLSchema;
  readonly sdl: string;
}

export interface SupergraphUpdateOptions {
  /** Texts of documents to have plans for whenever a supergraph takes over, sent before or not. Default: none. */
  readonly expected?: () => Iterable<string>;
  /**
   * Called before a supergraph takes over, for whatever else is to be ready by then. A fault of it refuses the swap.
   * @returns what undoes it, for one that does not take over after all.
   */
  readonly beforeSwap?: (next: NextGraph, pause: Pause) => Promise<(() => void) | undefined>;
}

interface SupergraphUpdatesOptions<Context> extends SupergraphOptions, SupergraphUpdateOptions {
  readonly planner: Planner;
  readonly generations: Generations<Context>;
  /** Called with what is in force from now on. */
  announce(generation: Generation<Context>): void;
  readonly logger: Logger;
}

/** A supergraph that is ready to take over, or one in which nobody would see a difference. One of its two has to be called. */
export interface ReadySupergraph {
  /**
   * The swap is done when this returns, so that several graphs can be changed with no request in between. Resolves once what
   * only the old one needed is let go of.
   */
  putInForce(): Promise<void>;
  /** The old one stays. */
  discard(): Promise<void>;
}

interface NextGeneration<Context> {
  readonly generation: Generation<Context>;
  /** Of `beforeSwap`. */
  readonly undo?: (() => void) | undefined;
}

export class SupergraphUpdates<Context> {
  readonly #options: SupergraphUpdatesOptions<Context>;
  #updating: Promise<void> = Promise.resolve();

  constructor(options: SupergraphUpdatesOptions<Context>) {
    this.#options = options;
  }

  /** As `FederationExecutor.makeReady`. */
  makeReady(supergraphSdl: string, isChecked = false): Promise<ReadySupergraph> {
    const { generations, announce } = this.#options;
    // One after the other, so that the last one asked for is the one that stays.
    const settled = Promise.withResolvers<void>();
    const ready = this.#updating.then(async (): Promise<ReadySupergraph> => {
      const next = await this.#next(supergraphSdl, isChecked);
      return {
        async putInForce() {
          settled.resolve();
          if (next === undefined) return;
          generations.putInForce(next.generation);
          announce(next.generation);
          await generations.releaseUnused();
        },
        discard: async () => {
          settled.resolve();
          if (next !== undefined) await this.#discard(next);
        },
      };
    });
    this.#updating = ready.then(
      () => settled.promise,
      () => undefined,
    );
    return ready;
  }

  /** Undefined where nobody would see a difference. */
  async #next(supergraphSdl: string, isChecked: boolean): Promise<NextGeneration<Context> | undefined> {
    const { generations, planner, logger, expected, beforeSwap } = this.#options;
    const before = generations.current;
    if (supergraphSdl === before.plannable.supergraph.sdl) return undefined;
    const pause = createPause();
    const plannable = await planner.loadNext(
      supergraphSdl,
      before.plannable,
      { ...this.#options, closely: true, isChecked },
      pause,
    );
    if (plannable === undefined) return undefined;
    let generation: Generation<Context> | undefined;
    try {
      generation = await generations.make(plannable, pause);
      const ahead = new PlanningAhead(generation, logger);
      const { problemOf, change, supergraph } = plannable;
      await ahead.replan(before.operations.touchedBy(change), expected?.() ?? [], pause);
      const undo = await beforeSwap?.(
        { schema: supergraph.apiSchema, sdl: supergraphSdl, problemOf, change },
        pause,
      );
      return { generation, undo };
    } catch (error) {
      if (generation !== undefined) await this.#discard({ generation });
      else {
        plannable.release();
        await generations.releaseUnused();
      }
      throw error;
    }
  }

  async #discard({ generation, undo }: NextGeneration<Context>): Promise<void> {
    const { generations } = this.#options;
    generations.discard(generation);
    undo?.();
    await generations.releaseUnused();
  }
}
