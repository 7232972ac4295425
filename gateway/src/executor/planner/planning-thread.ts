/**
 * The planner in a thread of its own, seen from the thread that serves. What it knows of a supergraph is handed over once;
 * plans are asked for as they are needed (`plans-at-hand.ts`).
 */
import type { Worker } from 'node:worker_threads';
import type { Logger } from '@marquee/service-kit';
import {
  buildASTSchema,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  parse,
  print,
} from 'graphql';
import type { ContractFilter } from '../../contracts/contract-filter.ts';
import type { Pause } from '../planning/pauses.ts';
import { type SupergraphOptions, supergraphOf } from '../supergraph/supergraph.ts';
import type { LoadOptions, PlannableSupergraph, Planner } from './planner.ts';
import { type PlanningGraph, PlanningLine } from './planning-line.ts';
import { type KeyedOutcome, outcomeOf } from './planning-protocol.ts';
import { keyOf, type PlanRequest, PlansAtHand } from './plans-at-hand.ts';

export interface PlanningThreadOptions {
  readonly logger: Logger;
  /** For one plan, from when the thread begins with it; then the thread is ended. Default 10,000; three tenths for one in parts. */
  readonly planWithinMs?: number;
  /** To read a supergraph, or to plan a whole operation ahead. Default 30,000. */
  readonly loadWithinMs?: number;
  /** Requests that wait for the thread; more are refused. Default 1,000. */
  readonly maxWaiting?: number;
  /** Plans kept per supergraph. Default 1,000. */
  readonly maxPlans?: number;
  /** Megabytes; a thread that needs more ends, and another one takes its place. Default 1,024. */
  readonly maxHeapMb?: number;
}

/** Of the time a plan may take, for one with deferred parts. */
const IN_PARTS = 0.3;

interface Loaded {
  readonly graph: PlanningGraph;
  readonly plans: PlansAtHand;
}

export class PlanningThread implements Planner {
  readonly #line: PlanningLine;
  readonly #planWithinMs: number;
  readonly #loadWithinMs: number;
  readonly #maxPlans: number;
  #lastGraph = 0;
  readonly #loaded = new WeakMap<PlannableSupergraph, Loaded>();

  constructor(options: PlanningThreadOptions) {
    const { planWithinMs = 10_000, loadWithinMs = 30_000, maxPlans = 1_000 } = options;
    this.#line = new PlanningLine({
      logger: options.logger,
      readWithinMs: loadWithinMs,
      maxWaiting: options.maxWaiting ?? 1_000,
      maxHeapMb: options.maxHeapMb ?? 1_024,
    });
    this.#planWithinMs = planWithinMs;
    this.#loadWithinMs = loadWithinMs;
    this.#maxPlans = maxPlans;
  }

  /** The thread in use, while there is one. */
  get worker(): Worker | undefined {
    return this.#line.worker;
  }

  /** Begins to load the thread's modules. Otherwise that begins when it is first needed. */
  start(): void {
    this.#line.start();
  }

  async load(sdl: string, options: LoadOptions, pause: Pause): Promise<PlannableSupergraph> {
    return (await this.#load(sdl, options, pause)) as PlannableSupergraph;
  }

  loadNext(
    sdl: string,
    since: PlannableSupergraph,
    options: LoadOptions,
    pause: Pause,
  ): Promise<PlannableSupergraph | undefined> {
    return this.#load(sdl, options, pause, this.#loaded.get(since));
  }

  async #load(
    sdl: string,
    options: LoadOptions,
    pause: Pause,
    since?: Loaded,
  ): Promise<PlannableSupergraph | undefined> {
    const { closely, isChecked = false, enforcedFeatures = [], overrideShares = {} } = options;
    const number = ++this.#lastGraph;
    const graph: PlanningGraph = {
      released: false,
      request: {
        kind: 'load',
        graph: number,
        ...{ sdl, closely, isChecked, enforcedFeatures: [...enforcedFeatures], overrideShares },
        since: since?.graph.request.graph,
      },
    };
    const withinMs = this.#loadWithinMs;
    const loaded = await this.#line.ask(graph, graph.request, { withinMs });
    if (loaded === 'the same') {
      this.#line.release(graph);
      return undefined;
    }
    const { apiSdl, facts, change } = loaded;
    const plans = new PlansAtHand({
      limit: this.#maxPlans,
      ask: async (request) => {
        const urgent = { withinMs: this.#withinMs(request), isUrgent: true };
        return outcomeOf(await this.#line.ask(graph, { ...request, kind: 'plan', graph: number }, urgent));
      },
    });
    if (since !== undefined) plans.carryOver(since.plans, change);
    const keyed = (made: readonly KeyedOutcome[]) =>
      made.map(({ key, outcome }) => ({ key, outcome: outcomeOf(outcome) }));
    try {
      // The other thread has made the same schema, and has checked it.
      const apiSchema = await schemaOf(apiSdl, closely, pause);
      const plannable: PlannableSupergraph = {
        supergraph: supergraphOf(sdl, apiSchema, facts, plans.get, options),
        change,
        problemOf: (document) =>
          this.#line.ask(graph, { kind: 'check', graph: number, text: textOf(document) }, { withinMs }),
        planAhead: async (document, operationName, overrides) => {
          const whole = { text: textOf(document), operationName, overrides };
          const id = keyOf(whole);
          if (plans.hasAhead(id)) return true;
          const request = { ...whole, kind: 'plan ahead', graph: number } as const;
          plans.putAhead(id, document, keyed(await this.#line.ask(graph, request, { withinMs })));
          return true;
        },
        expect: async (text) => {
          const id = `all ${keyOf({ text, operationName: undefined, overrides: [] })}`;
          if (plans.hasAhead(id)) return true;
          const request = { kind: 'plan all', graph: number, text } as const;
          const made = await this.#line.ask(graph, request, { withinMs });
          plans.putAhead(id, parse(text, { noLocation: true }), keyed(made));
          return true;
        },
        release: () => this.#line.release(graph),
      };
      this.#loaded.set(plannable, { graph, plans });
      return plannable;
    } catch (error) {
      this.#line.release(graph);
      throw error;
    }
  }

  contractOf(
    sdl: string,
    contract: ContractFilter,
    { enforcedFeatures = [], overrideShares = {} }: SupergraphOptions = {},
  ): Promise<string> {
    const reading = { enforcedFeatures: [...enforcedFeatures], overrideShares };
    const request = { kind: 'contract', sdl, contract, ...reading } as const;
    return this.#line.ask(undefined, request, { withinMs: this.#loadWithinMs });
  }

  /** Where a plan in parts takes long there may still be one of the whole answer; meanwhile others wait. */
  #withinMs({ text }: PlanRequest): number {
    return text.includes('@defer') ? this.#planWithinMs * IN_PARTS : this.#planWithinMs;
  }

  /** Whoever waits is refused. */
  stop(): Promise<void> {
    return this.#line.stop();
  }
}

async function schemaOf(
  pieces: readonly string[],
  assumeValid: boolean,
  pause: Pause,
): Promise<GraphQLSchema> {
  const definitions: DefinitionNode[] = [];
  for (const piece of pieces) {
    await pause();
    definitions.push(...parse(piece, { noLocation: true }).definitions);
  }
  await pause();
  const schema = buildASTSchema({ kind: Kind.DOCUMENT, definitions }, { assumeValidSDL: true, assumeValid });
  await pause();
  return schema;
}

function textOf(document: DocumentNode): string {
  return document.loc?.source.body ?? print(document);
}
