/** The subgraphs of whatever supergraph is served, and what is known of whether they answer. */
import { type Logger, MarqueeError, type Metrics, READY, type Readiness } from '@marquee/service-kit';
import { tlsFiles } from '@marquee/service-kit/service';
import type { SubgraphDataSource, SubgraphFetch, SubgraphResult } from '../data-source/data-source.ts';
import { failedFetch } from '../data-source/failed-fetch.ts';
import { HttpDataSource } from '../data-source/http-data-source.ts';
import type { HasRequestContext } from '../data-source/in-process-data-source.ts';
import { CircuitBreaker, type Outcome } from '../subgraphs/circuit-breaker.ts';
import { RetryBudget } from '../subgraphs/retry-budget.ts';
import type { GatewayFile } from './gateway-file.ts';

const DEFAULT_ATTEMPTS = 2;
const DEFAULT_BREAKER = { failures: 20, restMs: 1_000 };
/** What a try that may be repeated failed with; a deadline is as gone for the next one. */
const UNAVAILABLE = 'DEPENDENCY_UNAVAILABLE';
const LATE = 'DEADLINE_EXCEEDED';

export interface ConnectionOptions {
  readonly file: Pick<GatewayFile, 'defaults' | 'subgraphs'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export class SubgraphConnections {
  readonly #options: ConnectionOptions;
  readonly #connections = new Map<string, Connection>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** @throws MarqueeError CONFIG_INVALID for an address that cannot be asked, and for files of certificates that cannot be used. */
  connect(subgraph: string, supergraphUrl: string): SubgraphDataSource<HasRequestContext> {
    const { file, logger, metrics } = this.#options;
    const own = { ...file.defaults, ...file.subgraphs[subgraph] };
    const {
      url = supergraphUrl,
      attempts,
      subscriptions,
      circuitBreaker = DEFAULT_BREAKER,
      tls: paths,
      ...settings
    } = own;
    if (url === '') {
      throw new MarqueeError(
        'CONFIG_INVALID',
        `subgraph ${subgraph}: the supergraph has no address; set subgraphs.${subgraph}.url`,
      );
    }
    if (paths !== undefined && !url.startsWith('https:')) {
      throw new MarqueeError(
        'CONFIG_INVALID',
        `subgraph ${subgraph}: with tls its address must begin with https://, and is ${url}`,
      );
    }
    const tls = paths && tlsFiles({ paths, name: `subgraph ${subgraph}`, now: Date.now, logger, metrics });
    tls?.start();
    const connection = new Connection(
      { subgraph, url },
      new HttpDataSource({
        subgraph,
        url,
        logger,
        ...settings,
        ...(tls && { tls }),
        ...(subscriptions && { events: subscriptions }),
        onStreamBroken: (outcome) => metrics.count('marquee_stream_resumptions_total', { subgraph, outcome }),
      }),
      {
        attempts: attempts ?? DEFAULT_ATTEMPTS,
        sendsEvents: subscriptions?.protocol !== 'none',
        ...(circuitBreaker !== 'off' && {
          breaker: new CircuitBreaker({ ...circuitBreaker, now: () => performance.now() }),
        }),
        metrics,
      },
      () => {
        tls?.stop();
        if (this.#connections.get(subgraph) === connection) this.#connections.delete(subgraph);
      },
    );
    this.#connections.set(subgraph, connection);
    return connection;
  }

  /** Whether it is asked where the file or the graph that is served says. @param supergraphUrl what another graph says. */
  asks(subgraph: string, supergraphUrl: string): boolean {
    if (this.#options.file.subgraphs[subgraph]?.url !== undefined) return true;
    return this.#connections.get(subgraph)?.url === supergraphUrl;
  }

  /** A subgraph that is away costs its own fields: the gateway stays ready and says which it is. */
  readiness(): Record<string, Readiness> {
    return Object.fromEntries(
      [...this.#connections].map(([name, connection]) => [`subgraph ${name}`, connection.readiness()]),
    );
  }
}

class Connection implements SubgraphDataSource<HasRequestContext> {
  readonly url: string;
  readonly #subgraph: string;
  readonly #source: SubgraphDataSource<HasRequestContext>;
  readonly #attempts: number;
  readonly #metrics: Metrics;
  readonly #breaker: CircuitBreaker | undefined;
  readonly #budget = new RetryBudget({ now: () => performance.now() });
  readonly #stopped: () => void;
  /** Absent: it is not asked for any. */
  readonly subscribe?: NonNullable<SubgraphDataSource<HasRequestContext>['subscribe']>;
  #answers = true;

  constructor(
    { subgraph, url }: { readonly subgraph: string; readonly url: string },
    source: SubgraphDataSource<HasRequestContext>,
    options: {
      readonly attempts: number;
      readonly sendsEvents: boolean;
      /** Absent: it is asked however often it has failed. */
      readonly breaker?: CircuitBreaker;
      readonly metrics: Metrics;
    },
    stopped: () => void,
  ) {
    this.url = url;
    this.#subgraph = subgraph;
    this.#source = source;
    this.#attempts = options.attempts;
    this.#breaker = options.breaker;
    this.#metrics = options.metrics;
    this.#stopped = stopped;
    if (options.sendsEvents) this.subscribe = async (fetch) => (await source.subscribe?.(fetch)) ?? {};
  }

  get propagatedHeaders(): readonly string[] {
    return this.#source.propagatedHeaders ?? [];
  }

  fetch(fetch: SubgraphFetch<HasRequestContext>): Promise<SubgraphResult> {
    this.#budget.earn();
    return this.#attempt(fetch, 1);
  }

  async #attempt(fetch: SubgraphFetch<HasRequestContext>, attempt: number): Promise<SubgraphResult> {
    const startedAt = performance.now();
    const send = () => this.#source.fetch(fetch);
    const sent =
      this.#breaker === undefined ? send() : this.#breaker.through(send, (r) => outcomeOf(r, fetch));
    if (sent === undefined) return this.#refused(fetch);
    const result = await sent;
    const outcome = outcomeOf(result, fetch);
    if (outcome !== 'unknown') this.#answers = outcome === 'answered';
    this.#measure((performance.now() - startedAt) / 1000, outcome === 'answered' ? 'ok' : 'failed');
    if (failureOf(result) !== UNAVAILABLE || fetch.kind !== 'query' || attempt >= this.#attempts)
      return result;
    const mayRepeat = !fetch.context.request.deadline.expired && this.#budget.spend();
    return mayRepeat ? this.#attempt(fetch, attempt + 1) : result;
  }

  #measure(seconds: number, outcome: 'ok' | 'failed' | 'refused'): void {
    const labels = { subgraph: this.#subgraph, outcome };
    this.#metrics.observe('marquee_subgraph_request_seconds', seconds, labels);
  }

  #refused({ query }: SubgraphFetch<HasRequestContext>): SubgraphResult {
    this.#measure(0, 'refused');
    const message = `${this.#subgraph} has not answered many times in a row and is left alone for a moment`;
    return failedFetch(new MarqueeError(UNAVAILABLE, message), query);
  }

  readiness(): Readiness {
    if (this.#breaker?.isOpen)
      return { ready: true, detail: 'does not answer, and is left alone for a moment' };
    return this.#answers ? READY : { ready: true, detail: 'did not answer when it was asked last' };
  }

  async stop(): Promise<void> {
    this.#stopped();
    await this.#source.stop?.();
  }
}

/** Nothing came back, as our own side says; a subgraph may use the same code about something behind it. */
function failureOf({ data, errors }: SubgraphResult): string | undefined {
  if (data !== null && data !== undefined) return undefined;
  const { originalError } = (errors?.[0] ?? {}) as { originalError?: unknown };
  return originalError instanceof MarqueeError ? originalError.code : undefined;
}

function outcomeOf(result: SubgraphResult, { signal }: SubgraphFetch<HasRequestContext>): Outcome {
  const code = failureOf(result);
  if (code === LATE && signal?.aborted) return 'unknown';
  return code === LATE || code === UNAVAILABLE ? 'failed' : 'answered';
}
