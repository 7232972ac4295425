/** A federated graph behind a real Apollo Server, which remembers what its subgraphs were asked. */
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { type Logger, silentLogger } from '@marquee/service-kit';
import { type ExecutionResult, type FormattedExecutionResult, parse } from 'graphql';
import { composeSupergraph } from '../../../../schema/composition.ts';
import type { SubgraphDataSource, SubgraphFetch } from '../../data-source/data-source.ts';
import {
  createFederationExecutor,
  type FederationExecutor,
  type FederationExecutorOptions,
} from '../federation-executor.ts';

/** Answers one fetch; `undefined` data stands for what no test should get to. */
export type Answer = (fetch: SubgraphFetch) => unknown;

export interface RunningGraph {
  readonly executor: FederationExecutor<never>;
  /** Every fetch so far, with the subgraph's name. */
  readonly asked: (SubgraphFetch & { readonly subgraph: string })[];
  /** Subgraphs whose data source was let go of. */
  readonly stopped: string[];
  ask(query: string, variables?: Record<string, unknown>): Promise<FormattedExecutionResult>;
  stop(): Promise<void>;
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.8", import: [
  "@key" "@requires" "@provides" "@external" "@shareable" "@override" "@inaccessible" "@interfaceObject"
  "@context" "@fromContext"])`;

export function supergraphOf(subgraphs: Readonly<Record<string, string>>): string {
  return composeSupergraph(Object.entries(subgraphs).map(([name, sdl]) => ({ name, sdl: `${LINK}\n${sdl}` })))
    .supergraphSdl;
}

export async function runGraph(
  subgraphs: Readonly<Record<string, string>>,
  answers: Readonly<Record<string, Answer>>,
  logger: Logger = silentLogger,
  options: Partial<FederationExecutorOptions<unknown>> = {},
): Promise<RunningGraph> {
  const asked: RunningGraph['asked'] = [];
  const stopped: string[] = [];
  const executor = createFederationExecutor({
    supergraphSdl: supergraphOf(subgraphs),
    logger,
    ...options,
    dataSourceFor: (subgraph): SubgraphDataSource => ({
      async fetch(fetch) {
        // What is sent has to be GraphQL, whatever was done to it on the way.
        parse(fetch.query);
        asked.push({ ...fetch, subgraph });
        return JSON.parse(JSON.stringify(await answers[subgraph]?.(fetch))) as ExecutionResult as never;
      },
      stop: async () => void stopped.push(subgraph),
    }),
  });
  const server = new ApolloServer({
    gateway: executor,
    nodeEnv: 'production',
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: silentLogger as never,
    plugins: [ApolloServerPluginUsageReportingDisabled(), ApolloServerPluginSchemaReportingDisabled()],
  });
  await server.start();
  return {
    executor,
    asked,
    stopped,
    async ask(query, variables) {
      const { body } = await server.executeOperation({ query, variables });
      if (body.kind !== 'single') throw new Error('one answer was expected');
      return JSON.parse(JSON.stringify(body.singleResult)) as FormattedExecutionResult;
    },
    stop: () => server.stop(),
  };
}

/** The representations of a fetch, also of one that was merged. */
export function representations({ variables }: SubgraphFetch): Record<string, unknown>[] {
  return Object.entries(variables).flatMap(([name, value]) =>
    name.startsWith('representations') ? (value as Record<string, unknown>[]) : [],
  );
}
