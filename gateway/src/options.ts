/** What a process passes to the gateway, and what it gets. */
import type { Clock } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import type { Component, HttpRoute, Logger, Metrics, Readiness, Tracing } from '@marquee/service-kit';
import type { SubgraphExecutor } from '@marquee/service-kit/subgraph';
import type { AuthorizationSettings } from './authorization/authorization.ts';
import type { GatewayConfig } from './config.ts';
import type { ContractFilter } from './contracts/contract-filter.ts';
import type { SubgraphDataSource } from './data-source/data-source.ts';
import type { DemandControlOptions } from './demand-control/demand-control-options.ts';
import type { Planner } from './executor/planner/planner.ts';
import type { OverrideShares } from './executor/planning/override-labels.ts';
import type { SupergraphLifecycle } from './federation/supergraph-lifecycle.ts';
import type { VariantSource } from './federation/variants/variant-source.ts';
import type { ViewerIdentity } from './identity/identity.ts';
import type { DocumentLimits } from './limits/document-limits.ts';
import type { QuotaSetup } from './partners/quotas/quota-setup.ts';
import type { GatewayContext } from './request-context.ts';
import type { PurgeSource } from './response-cache/purges/purge-ledger.ts';
import type { ResponseCacheOptions } from './response-cache/response-cache-options.ts';
import type { ResponseStore } from './response-cache/response-store.ts';
import type { StreamOptions } from './subscriptions/open-streams.ts';

/** Somebody to try the platform as. Listed in development mode only. */
export interface Persona {
  /** Profile id, sent as `x-profile-id`. */
  readonly id: string;
  readonly name: string;
  /** Clear tastes in a few words each, e.g. "1970s crime". */
  readonly tastes: readonly string[];
}

/** An operation the explorer offers ready to run. */
export interface ExampleOperation {
  /** As in the document. */
  readonly name: string;
  readonly document: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

export interface ResponseCacheSetup {
  readonly options: ResponseCacheOptions;
  /** Started and stopped by the gateway. */
  readonly store: ResponseStore;
  /** Hears of what happens outside this gateway's own mutations. Absent: what is kept for others ages. */
  readonly changes?: (told: { readonly store: ResponseStore; forgetLocal(): void }) => Component;
  /** Where it hears of what operators take out. Absent: nobody can. */
  readonly purges?: PurgeSource;
}

export interface GatewayOptions {
  readonly config: GatewayConfig;
  /** Composed supergraph, as in `schema/supergraph.graphql`. */
  readonly supergraphSdl: string;
  /** Whatever comes after `supergraphSdl`, started and stopped by the process. Default: that one stays. */
  readonly supergraph?: Pick<SupergraphLifecycle, 'follow'>;
  /** One per subgraph of the supergraph, by its name there. */
  readonly executors: Readonly<Record<string, SubgraphExecutor>>;
  /**
   * How to reach a subgraph that `executors` does not have.
   * @param url as the supergraph has it. Asked once for each subgraph and address.
   */
  readonly dataSourceFor?: (subgraph: string, url: string) => SubgraphDataSource<GatewayContext>;
  /** Names in lower case: headers of clients that some subgraph sees, so that answers differ by them. Default: none. */
  readonly propagatedHeaders?: readonly string[];
  /** Who asks. Default: as `config.mode` and `config.auth` have it, by bearer tokens and, in development, a header. */
  readonly identity?: ViewerIdentity;
  /** Errors of subgraphs with codes of their own: masked, or passed on as they are. Default: masked. */
  readonly subgraphErrors?: 'masked' | 'passed';
  /** What is done about fields that not everybody may read. Default: they are left out, and said to be. */
  readonly authorization?: AuthorizationSettings;
  /** Share of requests for labels of `@override`, in percent. Default: as `config` has it. */
  readonly overrideShares?: OverrideShares;
  /** What operations may cost. Default: as `config` has it. */
  readonly demandControl?: DemandControlOptions;
  /** How many subscriptions there may be, and how long they last. Default: as `config` has it. */
  readonly subscriptions?: Partial<StreamOptions>;
  /** Where answers of subgraphs are kept. Default: nowhere. */
  readonly responseCache?: ResponseCacheSetup;
  /** What documents may be like. Default: enough for everything that the shipped clients send. */
  readonly documentLimits?: DocumentLimits;
  /** Where limits of partners are counted. Default: in this process, for itself. */
  readonly quotas?: QuotaSetup;
  /** For browsers: the platform's start page and editor, the editor alone, or nothing. Default: by mode, all or nothing. */
  readonly pages?: 'platform' | 'editor' | 'none';
  /** Variants of the graph that are served beside it, by path and by API key. Default: none. */
  readonly contracts?: readonly ContractFilter[];
  /** Where preview variants are heard of, and how to reach subgraphs that they have elsewhere. Default: there are none. */
  readonly variants?: {
    readonly source: VariantSource;
    readonly connect?: (subgraph: string, url: string) => SubgraphDataSource<GatewayContext>;
    /** As `dataSourceFor`, for what the text of a variant says; refuses what the graph itself would not ask. Default: `dataSourceFor`. */
    readonly dataSourceFor?: (subgraph: string, url: string) => SubgraphDataSource<GatewayContext>;
  };
  /** HTTP outside GraphQL, mounted as it is. Paths of the gateway itself are refused at start. */
  readonly routes: readonly HttpRoute[];
  /** State of everything the process is made of; asked at every `/ready`. */
  readonly readiness: () => { ready: boolean; components: Readonly<Record<string, Readiness>> };
  readonly personas: readonly Persona[];
  readonly exampleOperations: readonly ExampleOperation[];
  /** Who reads supergraphs and plans operations; not stopped by the gateway. Default: a thread of its own. */
  readonly planner?: Planner;
  /** Planned during `start`, so that no client waits for it. Nothing of them is run. Default: the examples. */
  readonly warmUpDocuments?: readonly string[];
  /** The shared store, for what gateways tell each other. Absent: what this process remembers. */
  readonly store?: KeyValueStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Requests are timed, and refused ones counted. Absent: nobody does. */
  readonly metrics?: Metrics;
  /** Where spans of requests go; started and stopped by the process. Absent: nothing is traced. */
  readonly tracing?: Tracing | undefined;
}

export interface Gateway extends Component {
  /** Base address without a trailing slash, e.g. `http://127.0.0.1:4000`. Throws before `start`. */
  url(): string;
  /** Where it listens for HTTP/2. Undefined: nowhere. Throws before `start`. */
  http2Url(): string | undefined;
  /** Where it listens. Throws before `start`. */
  address(): { readonly host: string; readonly port: number };
}
