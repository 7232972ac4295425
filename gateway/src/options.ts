/** What a process passes to the gateway, and what it gets. */
import type { Clock } from '@marquee/domain';
import type { Component, HttpRoute, Logger, Metrics, Readiness } from '@marquee/service-kit';
import type { SubgraphExecutor } from '@marquee/service-kit/subgraph';
import type { GatewayConfig } from './config.ts';

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

export interface GatewayOptions {
  readonly config: GatewayConfig;
  /** Composed supergraph, as in `schema/supergraph.graphql`. */
  readonly supergraphSdl: string;
  /** One per subgraph of the supergraph, by its name there. */
  readonly executors: Readonly<Record<string, SubgraphExecutor>>;
  /** HTTP outside GraphQL, mounted as it is. Paths of the gateway itself are refused at start. */
  readonly routes: readonly HttpRoute[];
  /** State of everything the process is made of; asked at every `/ready`. */
  readonly readiness: () => { ready: boolean; components: Readonly<Record<string, Readiness>> };
  readonly personas: readonly Persona[];
  readonly exampleOperations: readonly ExampleOperation[];
  /** Planned during `start`, so that no client waits for it. Nothing of them is run. Default: the examples. */
  readonly warmUpDocuments?: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Requests are timed, and refused ones counted. Absent: nobody does. */
  readonly metrics?: Metrics;
}

export interface Gateway extends Component {
  /** Base address without a trailing slash, e.g. `http://127.0.0.1:4000`. Throws before `start`. */
  url(): string;
  /** Where it listens. Throws before `start`. */
  address(): { readonly host: string; readonly port: number };
}
