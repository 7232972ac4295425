/** The whole graph and its contract variants, each with a server of its own, as one thing to start, change and stop. */
import type { ApolloServer } from '@apollo/server';
import { MarqueeError } from '@marquee/service-kit';
import { plannerInThisThread } from '../executor/planner/planner.ts';
import type { ReadySupergraph } from '../executor/supergraph-updates.ts';
import {
  createApolloServer,
  type FederatedServer,
  type FederationOptions,
  supergraphOptions,
} from '../federation/apollo-server.ts';
import { planAhead } from '../federation/plan-ahead.ts';
import type { GatewayContext } from '../request-context.ts';
import type { TrustedOperation } from '../trusted-documents/trusted-operation.ts';
import type { ContractFilter } from './contract-filter.ts';
import { contractSupergraph } from './contract-supergraph.ts';

export interface GraphServers {
  /** Of the whole graph. */
  readonly apollo: ApolloServer<GatewayContext>;
  readonly contracts: ReadonlySet<string>;
  /** @throws MarqueeError NOT_FOUND for a contract that is not served. */
  requestsFor(contract: string | undefined): FederatedServer['requests'];
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Over the whole graph, and over the variants what was published for partners: over those it is valid for. */
  planAhead(operations: readonly TrustedOperation[]): Promise<void>;
  /**
   * First the graph and all its variants are made ready, then all are changed at once: no request sees one of them new and
   * another one old.
   * @throws MarqueeError CONFIG_INVALID when it or a variant of it cannot be served; nothing has changed then.
   */
  updateSupergraph(sdl: string): Promise<void>;
}

export function createGraphServers(
  options: FederationOptions,
  filters: readonly ContractFilter[],
): GraphServers {
  const { planner = plannerInThisThread } = options;
  const whole = createApolloServer(options);
  const variants = new Map(
    filters.map((filter) => {
      const supergraphSdl = contractSupergraph(options.supergraphSdl, filter);
      // Nobody is expected to send the whole graph's documents to a variant of it.
      const server = createApolloServer({ ...options, supergraphSdl, expectedDocuments: () => [] });
      return [filter.name, { filter, server }] as const;
    }),
  );
  const servers = [whole, ...[...variants.values()].map(({ server }) => server)];
  return {
    apollo: whole.apollo,
    contracts: new Set(variants.keys()),
    requestsFor(contract) {
      if (contract === undefined) return whole.requests;
      const variant = variants.get(contract);
      if (variant === undefined) {
        throw new MarqueeError('NOT_FOUND', 'There is no variant of the graph with this name.');
      }
      return variant.server.requests;
    },
    async start() {
      for (const { apollo } of servers) await apollo.start();
    },
    async stop() {
      for (const { apollo } of servers) await apollo.stop();
    },
    async planAhead(operations) {
      const { logger } = options;
      await planAhead(whole.apollo, textsOf(operations), logger);
      const published = textsOf(operations.filter(({ clients }) => clients.length > 0));
      for (const { server } of variants.values()) {
        // Which variant a partner has may change at any time, and most of what is published is for one of them.
        await planAhead(server.apollo, published, logger, 'debug');
      }
    },
    async updateSupergraph(sdl) {
      const next: { server: FederatedServer; sdl: string }[] = [];
      for (const { filter, server } of variants.values()) {
        next.push({ server, sdl: await planner.contractOf(sdl, filter, supergraphOptions(options)) });
      }
      const ready: ReadySupergraph[] = [];
      try {
        ready.push(await whole.makeReady(sdl));
        for (const { server, sdl: variant } of next) ready.push(await server.makeReady(variant, true));
      } catch (error) {
        await Promise.all(ready.map((each) => each.discard()));
        throw error;
      }
      await Promise.all(ready.map((each) => each.putInForce()));
    },
  };
}

function textsOf(operations: readonly TrustedOperation[]): string[] {
  return [...new Set(operations.map(({ text }) => text))];
}
