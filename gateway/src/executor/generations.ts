/** The supergraph in force and those before it on which requests still end, each with what it is served with. */
import type { GraphQLSchema } from 'graphql';
import type { SubgraphDataSource } from '../data-source/data-source.ts';
import type { AccessControl } from './access-control.ts';
import type { AnswerKeeping } from './answer-keeping.ts';
import { OperationStore } from './operation-store.ts';
import type { PlannableSupergraph } from './planner/planner.ts';
import type { Pause } from './planning/pauses.ts';

/** Of each a plan and its shapes: some ten kilobytes. */
const DEFAULT_MAX_OPERATIONS = 1_000;

export interface GenerationsOptions<Context> {
  /** @param url as the supergraph has it. Asked once for each subgraph and address. */
  dataSourceFor(subgraph: string, url: string): SubgraphDataSource<Context>;
  /** Prepared operations kept per supergraph. Default 1,000. */
  readonly maxOperations?: number;
  /** Answers of subgraphs are kept for others. Default: none are. */
  readonly answerKeeping?: AnswerKeeping<Context> | undefined;
  /** What a request may not read of what it asks for. Default: it may read everything. */
  readonly accessControl?: AccessControl<Context> | undefined;
}

export interface Generation<Context> {
  readonly plannable: PlannableSupergraph;
  readonly operations: OperationStore;
  readonly sources: ReadonlyMap<string, SubgraphDataSource<Context>>;
  readonly access: ReturnType<AccessControl<Context>> | undefined;
  readonly keeping: ReturnType<AnswerKeeping<Context>> | undefined;
  /** Requests that are being executed. */
  inFlight: number;
}

export class Generations<Context> {
  readonly #options: GenerationsOptions<Context>;
  /** A document is executed on the supergraph it was validated against. */
  readonly #bySchema = new WeakMap<GraphQLSchema, Generation<Context>>();
  readonly #sources = new Map<string, SubgraphDataSource<Context>>();
  #current: Generation<Context> | undefined;
  /** Of those that are not in force yet: whoever ends on a former one meanwhile must not let go of them. */
  readonly #coming = new Set<Generation<Context>['sources']>();
  /** Replaced, but perhaps still serving. */
  #former: Generation<Context>[] = [];

  constructor(options: GenerationsOptions<Context>) {
    this.#options = options;
  }

  get current(): Generation<Context> {
    if (this.#current === undefined) throw new TypeError('the federation executor is not loaded yet');
    return this.#current;
  }

  /** Of a schema that is not known any more, or never was: the current one. */
  of(schema: GraphQLSchema): Generation<Context> {
    return this.#bySchema.get(schema) ?? this.current;
  }

  /** Not in force yet; `putInForce` or `discard` comes next. @param pause between the pieces. */
  async make(plannable: PlannableSupergraph, pause: Pause): Promise<Generation<Context>> {
    const { maxOperations = DEFAULT_MAX_OPERATIONS, accessControl, answerKeeping } = this.#options;
    const { supergraph } = plannable;
    const sources = new Map(supergraph.subgraphs.map(({ name, url }) => [name, this.#sourceFor(name, url)]));
    this.#coming.add(sources);
    try {
      await pause();
      const access = accessControl?.(supergraph.apiSchema, supergraph.sdl);
      await pause();
      const keeping = answerKeeping?.(supergraph.sdl);
      await pause();
      const operations = new OperationStore(supergraph, maxOperations);
      return { plannable, operations, sources, access, keeping, inFlight: 0 };
    } catch (error) {
      this.#coming.delete(sources);
      throw error;
    }
  }

  /** Of one that does not take over after all. */
  discard({ plannable, sources }: Generation<Context>): void {
    this.#coming.delete(sources);
    plannable.release();
  }

  putInForce(next: Generation<Context>): void {
    this.#coming.delete(next.sources);
    const before = this.#current;
    this.#current = next;
    this.#bySchema.set(next.plannable.supergraph.apiSchema, next);
    if (before === undefined) return;
    this.#former.push(before);
    next.operations.carryOver(before.operations, next.plannable.change);
    before.plannable.release();
  }

  enter(serving: Generation<Context>): void {
    serving.inFlight++;
  }

  async leave(serving: Generation<Context>): Promise<void> {
    serving.inFlight--;
    if (serving !== this.#current) await this.releaseUnused();
  }

  /** For what goes on after the request: until the signal is aborted. @param end what has to be over before sources are let go of. */
  hold(serving: Generation<Context>, signal: AbortSignal, end?: () => Promise<unknown> | undefined): void {
    this.enter(serving);
    const leave = async (): Promise<void> => {
      await end?.();
      await this.leave(serving);
    };
    signal.addEventListener('abort', () => void leave(), { once: true });
  }

  /** Lets go of the data sources that only former supergraphs had, once nobody is served by those any more. */
  async releaseUnused(): Promise<void> {
    this.#former = this.#former.filter(({ inFlight }) => inFlight > 0);
    const inUse = [...this.#coming, ...[this.current, ...this.#former].map(({ sources }) => sources)];
    const used = new Set(inUse.flatMap((sources) => [...sources.values()]));
    for (const [key, source] of this.#sources) {
      if (used.has(source)) continue;
      this.#sources.delete(key);
      await source.stop?.();
    }
  }

  async stop(): Promise<void> {
    this.#current?.plannable.release();
    await Promise.all([...this.#sources.values()].map((source) => source.stop?.()));
  }

  #sourceFor(name: string, url: string): SubgraphDataSource<Context> {
    const key = `${name} ${url}`;
    const source = this.#sources.get(key) ?? this.#options.dataSourceFor(name, url);
    this.#sources.set(key, source);
    return source;
  }
}
