/**
 * The preview variants that a gateway serves, each with schema, planner, plans and documents of its own, made beside
 * requests as the graph itself is. One that cannot be served is refused and named; a former version of it goes on.
 */
import {
  type Component,
  isMarqueeError,
  type Logger,
  MarqueeError,
  type Metrics,
  type Readiness,
} from '@marquee/service-kit';
import type { SubgraphDataSource } from '../../data-source/data-source.ts';
import { InProcessDataSource } from '../../data-source/in-process-data-source.ts';
import type { GatewayContext } from '../../request-context.ts';
import { createApolloServer, type FederatedServer, type FederationOptions } from '../apollo-server.ts';
import type { PublishedVariant } from './published-variant.ts';
import { assertAllowed, withAddresses } from './subgraph-addresses.ts';
import type { VariantOptions } from './variant-options.ts';
import type { VariantSource } from './variant-source.ts';

export interface VariantServersOptions {
  readonly source: VariantSource;
  /** Of the graph itself; variants are served in the same way. */
  readonly federation: Omit<FederationOptions, 'supergraphSdl' | 'expectedDocuments'>;
  /** How to reach a subgraph that a variant has elsewhere. Absent: variants have none elsewhere. */
  readonly connect?: ((subgraph: string, url: string) => SubgraphDataSource<GatewayContext>) | undefined;
  readonly limits: Pick<VariantOptions, 'max' | 'hosts'>;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** One request's hold on a variant. */
export interface VariantLease {
  readonly requests: FederatedServer['requests'];
  /** As people speak of it: `name@4f1c09ab2d3e`. */
  readonly version: string;
  /** Called once the answer is over, parts and events included. */
  release(): void;
}

interface Served {
  readonly name: string;
  offer: PublishedVariant;
  readonly server: FederatedServer;
  inFlight: number;
  retired: boolean;
}

const SWEEP_MS = 30_000;
const MAX_REASON = 300;

export class VariantServers implements Component {
  readonly name = 'preview variants';
  readonly #options: VariantServersOptions;
  readonly #logger: Logger;
  readonly #served = new Map<string, Served>();
  readonly #refused = new Map<string, string>();
  /** What waiting cannot help with: tried once, and again when it is published anew. */
  readonly #hopeless = new Map<string, PublishedVariant>();
  #offers: readonly PublishedVariant[] = [];
  #changed = false;
  #applying: Promise<void> | undefined;
  #stopping = false;
  #sweep: NodeJS.Timeout | undefined;

  constructor(options: VariantServersOptions) {
    this.#options = options;
    this.#logger = options.logger.child({ part: 'preview variants' });
    options.source.listen({
      offered: (offers) => {
        this.#offers = offers;
        this.#apply();
      },
      unreadable: (what, error) => this.#refuse(what, error),
    });
  }

  async start(): Promise<void> {
    this.#sweep = setInterval(() => this.#apply(), SWEEP_MS);
    this.#sweep.unref();
    await this.#options.source.start();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#sweep);
    await this.#options.source.stop();
    await this.#applying;
    await Promise.all([...this.#served.values()].map(({ server }) => server.apollo.stop()));
    this.#served.clear();
  }

  /** A gateway is ready without them. */
  readiness(): Readiness {
    const serving = [...this.#served.values()].map(({ offer }) => versionOf(offer));
    const refused = [...this.#refused].map(([name, reason]) => `${name} is refused: ${reason}`);
    return { ready: true, detail: [...serving, ...refused].join('; ') || 'none' };
  }

  /** @throws MarqueeError VARIANT_NOT_FOUND saying whether it is unknown, over, or cannot be served. */
  lease(name: string): VariantLease {
    const served = this.#served.get(name);
    if (served === undefined || this.#isOver(served.offer)) throw this.#notFound(name, served);
    served.inFlight++;
    let released = false;
    return {
      requests: served.server.requests,
      version: versionOf(served.offer),
      release: () => {
        if (released) return;
        released = true;
        served.inFlight--;
        this.#stopUnused(served);
      },
    };
  }

  #notFound(name: string, served: Served | undefined): MarqueeError {
    const offer = served?.offer ?? this.#offers.find((each) => each.name === name);
    const why =
      offer === undefined
        ? 'is not published'
        : this.#isOver(offer)
          ? `is over since ${offer.expiresAt}`
          : this.#refused.has(name)
            ? 'cannot be served; the log of the gateway says why'
            : 'is not served yet, or there are too many newer ones';
    return new MarqueeError('VARIANT_NOT_FOUND', `The preview variant ${name} ${why}.`);
  }

  #isOver({ expiresAt }: PublishedVariant): boolean {
    return Date.parse(expiresAt) <= this.#options.now();
  }

  /** One run at a time; of what comes meanwhile only the last counts. */
  #apply(): void {
    this.#changed = true;
    if (this.#applying !== undefined || this.#stopping) return;
    this.#applying = this.#applyChanges().finally(() => {
      this.#applying = undefined;
    });
  }

  async #applyChanges(): Promise<void> {
    while (this.#changed && !this.#stopping) {
      this.#changed = false;
      const wanted = this.#wanted();
      for (const name of this.#refused.keys()) if (!wanted.has(name)) this.#refused.delete(name);
      for (const name of this.#hopeless.keys()) if (!wanted.has(name)) this.#hopeless.delete(name);
      for (const served of [...this.#served.values()]) if (!wanted.has(served.name)) this.#retire(served);
      for (const offer of wanted.values()) {
        if (this.#stopping) break;
        await this.#serve(offer);
      }
      this.#options.metrics?.set('marquee_supergraph_variants', this.#served.size);
      this.#options.metrics?.set('marquee_supergraph_variants_refused', this.#refused.size);
    }
  }

  #wanted(): ReadonlyMap<string, PublishedVariant> {
    const newestFirst = this.#offers
      .filter((offer) => !this.#isOver(offer))
      .sort((a, b) => Date.parse(b.publishedAt) - Date.parse(a.publishedAt));
    return new Map(newestFirst.slice(0, this.#options.limits.max).map((offer) => [offer.name, offer]));
  }

  async #serve(offer: PublishedVariant): Promise<void> {
    const tried = this.#hopeless.get(offer.name);
    if (tried !== undefined && tried.publishedAt === offer.publishedAt && sameGraph(tried, offer)) return;
    this.#hopeless.delete(offer.name);
    const served = this.#served.get(offer.name);
    const before = served?.offer;
    if (before !== undefined && sameGraph(before, offer)) {
      (served as Served).offer = offer;
      this.#refused.delete(offer.name);
      return;
    }
    try {
      if (this.#options.connect === undefined) assertAllowed(offer.urls, []);
      assertAllowed(offer.urls, this.#options.limits.hosts);
      const sdl = withAddresses(offer.sdl, offer.urls);
      if (served !== undefined && sameAddresses(served.offer, offer)) {
        await served.server.updateSupergraph(sdl);
        served.offer = offer;
      } else {
        await this.#create(offer, sdl);
        if (served !== undefined) this.#letGo(served);
      }
      this.#refused.delete(offer.name);
      this.#logger.info({ variant: versionOf(offer), note: offer.note }, 'a preview variant is served');
    } catch (error) {
      if (served !== undefined && before !== undefined)
        served.offer = { ...before, expiresAt: offer.expiresAt };
      this.#refuse(offer.name, error);
      if (isMarqueeError(error, 'CONFIG_INVALID')) this.#hopeless.set(offer.name, offer);
    }
  }

  async #create(offer: PublishedVariant, supergraphSdl: string): Promise<void> {
    const { federation } = this.#options;
    const { answerKeeping } = federation;
    const server = createApolloServer({
      ...federation,
      supergraphSdl,
      loadBeside: true,
      executors: {},
      // Kept apart from what the graph itself was answered, which may have the same text and other subgraphs.
      answerKeeping:
        answerKeeping && ((sdl) => answerKeeping(`${sdl}\n# ${offer.name} ${JSON.stringify(offer.urls)}`)),
      dataSourceFor: (subgraph, url) => {
        return offer.urls[subgraph] === url ? this.#elsewhere(subgraph, url) : this.#usual(subgraph, url);
      },
      logger: this.#logger.child({ variant: offer.name }),
    });
    await server.apollo.start();
    this.#served.set(offer.name, { name: offer.name, offer, server, inFlight: 0, retired: false });
  }

  #elsewhere(subgraph: string, url: string): SubgraphDataSource<GatewayContext> {
    const connect = this.#options.connect;
    if (connect === undefined) throw new TypeError('addresses are checked before');
    return connect(subgraph, url);
  }

  #usual(subgraph: string, url: string): SubgraphDataSource<GatewayContext> {
    const { executors, dataSourceFor, logger } = this.#options.federation;
    const execute = executors[subgraph];
    if (execute !== undefined) return new InProcessDataSource(subgraph, execute, logger);
    if (dataSourceFor !== undefined) return dataSourceFor(subgraph, url);
    throw new MarqueeError(
      'CONFIG_INVALID',
      `it has a subgraph "${subgraph}" that nobody executes, and no address for it`,
    );
  }

  #retire(served: Served): void {
    this.#served.delete(served.name);
    this.#logger.info({ variant: versionOf(served.offer) }, 'a preview variant is gone');
    this.#letGo(served);
  }

  /** Once the requests that it is answering are. */
  #letGo(served: Served): void {
    served.retired = true;
    this.#stopUnused(served);
  }

  #stopUnused({ server, retired, inFlight, name }: Served): void {
    if (!retired || inFlight > 0) return;
    server.apollo
      .stop()
      .catch((error: unknown) =>
        this.#logger.warn({ err: error, variant: name }, 'a preview variant did not stop cleanly'),
      );
  }

  #refuse(name: string, error: unknown): void {
    const reason = (error instanceof Error ? error.message : String(error)).slice(0, MAX_REASON);
    this.#refused.set(name, reason);
    this.#logger.error({ variant: name, err: error }, 'a preview variant is refused');
  }
}

function versionOf({ name, hash }: PublishedVariant): string {
  return `${name}@${hash.slice(0, 12)}`;
}

function sameGraph(a: PublishedVariant, b: PublishedVariant): boolean {
  return a.hash === b.hash && sameAddresses(a, b);
}

function sameAddresses(a: PublishedVariant, b: PublishedVariant): boolean {
  const urls = ({ urls: given }: PublishedVariant) => JSON.stringify(Object.entries(given).sort());
  return urls(a) === urls(b);
}
