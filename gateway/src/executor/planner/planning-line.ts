/**
 * The thread that plans, and those who wait for it. It is given one request at a time: what clients wait for goes before what
 * nobody waits for, and whoever takes too long is known. A thread that has died, or was ended because it would not
 * come to an end, is replaced; what it knew of supergraphs is read again from the texts that are kept here.
 */
import { Worker } from 'node:worker_threads';
import { type Logger, MarqueeError } from '@marquee/service-kit';
import {
  errorOf,
  type LoadRequest,
  type PlanningAnswers,
  type PlanningReply,
  type PlanningRequest,
} from './planning-protocol.ts';

export interface PlanningLineOptions {
  readonly logger: Logger;
  /** To read a supergraph, for the first time or for a thread that has not read it. */
  readonly readWithinMs: number;
  readonly maxWaiting: number;
  readonly maxHeapMb: number;
}

export interface PlanningGraph {
  readonly request: LoadRequest;
  /** In force no more: read for each request about it, and forgotten again. */
  released: boolean;
}

type AskedRequest = Exclude<PlanningRequest, { kind: 'release' }>;

interface Call {
  /** Undefined: the thread need not have read any. */
  readonly graph: PlanningGraph | undefined;
  readonly request: AskedRequest;
  readonly withinMs: number;
  /** Threads that have ended with it. */
  deaths: number;
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

const START_WITHIN_MS = 30_000;
/** Of threads that end with one call: the second time it may well be what ends them. */
const MAX_DEATHS = 2;
/** Nobody waits longer for a thread that does not come up. */
const MAX_FAILED_STARTS = 3;
const MAX_BACK_OFF_MS = 10_000;

export class PlanningLine {
  readonly #options: PlanningLineOptions;
  readonly #urgent: Call[] = [];
  readonly #later: Call[] = [];
  #worker: Worker | undefined;
  /** Graphs that the thread has read. */
  #known = new Set<PlanningGraph>();
  #isThere = false;
  #current: Call | undefined;
  #timer: NodeJS.Timeout | undefined;
  #nextStart: NodeJS.Timeout | undefined;
  /** Threads in a row that have ended before they answered anything. */
  #inVain = 0;
  #stopped = false;

  constructor(options: PlanningLineOptions) {
    this.#options = options;
  }

  /** The thread in use, while there is one. */
  get worker(): Worker | undefined {
    return this.#worker;
  }

  start(): void {
    if (this.#worker !== undefined || this.#nextStart !== undefined || this.#stopped) return;
    const worker = new Worker(new URL('./planning.worker.ts', import.meta.url), {
      name: 'planning',
      resourceLimits: { maxOldGenerationSizeMb: this.#options.maxHeapMb },
    });
    let fault: string | undefined;
    worker.on('error', (error: unknown) => {
      fault = error instanceof Error ? error.message : String(error);
    });
    worker.on('message', (reply: PlanningReply | undefined) => {
      if (this.#worker === worker) this.#heard(reply);
    });
    worker.on('exit', (code) => {
      if (this.#worker === worker) this.#replace(fault ?? `it ended with code ${code}`);
    });
    this.#worker = worker;
    this.#within(START_WITHIN_MS);
    this.#holdProcess();
  }

  /**
   * @param withinMs from when the thread begins with it. @param isUrgent a client waits.
   * @throws MarqueeError DEADLINE_EXCEEDED, DEPENDENCY_UNAVAILABLE where threads end over it, OVERLOADED, SHUTTING_DOWN;
   * what was wrong with what was asked for.
   */
  ask<Kind extends AskedRequest['kind']>(
    graph: PlanningGraph | undefined,
    request: Extract<AskedRequest, { kind: Kind }>,
    { withinMs, isUrgent = false }: { readonly withinMs: number; readonly isUrgent?: boolean },
  ): Promise<PlanningAnswers[Kind]> {
    if (this.#stopped) return Promise.reject(stopping());
    if (this.#urgent.length + this.#later.length >= this.#options.maxWaiting) {
      return Promise.reject(new MarqueeError('OVERLOADED', 'too many operations wait to be planned'));
    }
    return new Promise((resolve, reject) => {
      const call = { graph, request, withinMs, deaths: 0, resolve: resolve as Call['resolve'], reject };
      (isUrgent ? this.#urgent : this.#later).push(call);
      this.#goOn();
    });
  }

  release(graph: PlanningGraph): void {
    graph.released = true;
    this.#goOn();
  }

  /** Whoever waits is refused. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#nextStart);
    const worker = this.#worker;
    this.#worker = undefined;
    this.#refuseAll(stopping());
    await worker?.terminate();
  }

  #goOn(): void {
    this.#holdProcess();
    if (this.#current !== undefined || this.#stopped) return;
    if (this.#worker === undefined) {
      if (this.#isWaitedFor()) this.start();
      return;
    }
    if (!this.#isThere) return;
    this.#forgetReleased();
    const call = this.#urgent.shift() ?? this.#later.shift();
    if (call !== undefined) this.#send(call);
  }

  #send(call: Call): void {
    this.#current = call;
    const unread = call.graph === undefined || this.#known.has(call.graph) ? undefined : call.graph;
    this.#within(unread === undefined ? call.withinMs : this.#options.readWithinMs);
    this.#worker?.postMessage(unread?.request ?? call.request);
  }

  #heard(reply: PlanningReply | undefined): void {
    clearTimeout(this.#timer);
    this.#isThere = true;
    const call = this.#current;
    this.#current = undefined;
    if (call !== undefined && reply !== undefined) {
      this.#inVain = 0;
      if ('failure' in reply) call.reject(errorOf(reply.failure));
      else if (call.graph === undefined || this.#known.has(call.graph)) call.resolve(reply.answer);
      else {
        this.#known.add(call.graph);
        if (call.request.kind !== 'load') {
          this.#send(call);
          return;
        }
        call.resolve(reply.answer);
      }
    }
    this.#goOn();
  }

  #forgetReleased(): void {
    const wanted = new Set([...this.#urgent, ...this.#later].map(({ graph }) => graph));
    for (const graph of this.#known) {
      if (!graph.released || wanted.has(graph)) continue;
      this.#known.delete(graph);
      this.#worker?.postMessage({ kind: 'release', graph: graph.request.graph } satisfies PlanningRequest);
    }
  }

  #within(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tooLong(), milliseconds).unref();
  }

  #tooLong(): void {
    const call = this.#current;
    this.#current = undefined;
    call?.reject(new MarqueeError('DEADLINE_EXCEEDED', `to ${call.request.kind} took the planner too long`));
    const worker = this.#worker;
    this.#replace(
      call === undefined ? 'it did not come up' : `it did not come to an end with a ${call.request.kind}`,
    );
    void worker?.terminate();
  }

  /** @param why what became of the one before. */
  #replace(why: string): void {
    clearTimeout(this.#timer);
    this.#worker = undefined;
    this.#isThere = false;
    this.#known = new Set();
    const call = this.#current;
    this.#current = undefined;
    const failure = new MarqueeError('DEPENDENCY_UNAVAILABLE', `the planning thread failed: ${why}`);
    if (call !== undefined && ++call.deaths < MAX_DEATHS) this.#urgent.unshift(call);
    else call?.reject(failure);
    if (this.#stopped) return;
    this.#options.logger.warn({ why }, 'the planning thread is replaced');
    if (++this.#inVain >= MAX_FAILED_STARTS) this.#refuseAll(failure);
    // At once, unless threads come to nothing.
    const backOff = this.#inVain === 1 ? 0 : Math.min(MAX_BACK_OFF_MS, 50 * 2 ** this.#inVain);
    this.#nextStart = setTimeout(() => {
      this.#nextStart = undefined;
      this.start();
    }, backOff);
    if (!this.#isWaitedFor()) this.#nextStart.unref();
  }

  #refuseAll(error: Error): void {
    const waiting = [...this.#urgent.splice(0), ...this.#later.splice(0)];
    if (this.#current !== undefined) waiting.unshift(this.#current);
    this.#current = undefined;
    for (const { reject } of waiting) reject(error);
  }

  #isWaitedFor(): boolean {
    return this.#current !== undefined || this.#urgent.length + this.#later.length > 0;
  }

  /** The process must not end while somebody waits, and not go on for a thread that nobody waits for. */
  #holdProcess(): void {
    if (this.#isWaitedFor()) this.#worker?.ref();
    else this.#worker?.unref();
  }
}

function stopping(): MarqueeError {
  return new MarqueeError('SHUTTING_DOWN', 'the planning thread has been stopped');
}
