/** Apollo Server over the federated gateway: everything about GraphQL that is configured, in one place. */
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { type Logger, MarqueeError } from '@marquee/service-kit';
import type { SubgraphExecutor } from '@marquee/service-kit/subgraph';
import { InProcessDataSource } from '../data-source/in-process-data-source.ts';
import { maskError } from '../errors/error-masking.ts';
import { createFederationExecutor } from '../executor/federation-executor.ts';
import { DEFAULT_DOCUMENT_LIMITS } from '../limits/document-limits.ts';
import { errorReportingPlugin } from '../plugins/error-reporting.plugin.ts';
import { jsonStatusPlugin } from '../plugins/json-status.plugin.ts';
import { operationResolutionPlugin } from '../plugins/operation-resolution.plugin.ts';
import { requestLoggingPlugin } from '../plugins/request-logging.plugin.ts';
import { variableFieldsPlugin } from '../plugins/variable-fields.plugin.ts';
import type { GatewayContext } from '../request-context.ts';
import { planAheadPlugin } from './plan-ahead.ts';

export interface FederationOptions {
  readonly supergraphSdl: string;
  readonly executors: Readonly<Record<string, SubgraphExecutor>>;
  readonly production: boolean;
  readonly logger: Logger;
}

/** Not started yet. */
export function createApolloServer(options: FederationOptions): ApolloServer<GatewayContext> {
  const { production, logger } = options;
  const libraryLogger = logger.child({ part: 'apollo' });
  const gateway = createFederationExecutor<GatewayContext>({
    supergraphSdl: options.supergraphSdl,
    logger: libraryLogger,
    planOnly: (context) => context.planOnly === true,
    // Plans name subgraphs and keys.
    mayExposePlan: () => !production,
    dataSourceFor(name) {
      const execute = options.executors[name];
      if (execute === undefined) {
        throw new MarqueeError(
          'CONFIG_INVALID',
          `the supergraph has a subgraph "${name}" that nobody executes`,
        );
      }
      return new InProcessDataSource(name, execute, logger);
    },
  });
  return new ApolloServer<GatewayContext>({
    gateway,
    logger: libraryLogger,
    nodeEnv: production ? 'production' : 'development',
    introspection: !production,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    formatError: (formatted, error) =>
      maskError(formatted, error, { hideSchemaDetails: production }).formatted,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: false,
    parseOptions: { maxTokens: DEFAULT_DOCUMENT_LIMITS.maxTokens },
    maxRecursiveSelections: true,
    stopOnTerminationSignals: false,
    // The default adds a line break, which copies the whole text once more when it is written.
    stringifyResult: (result) => JSON.stringify(result),
    plugins: [
      errorReportingPlugin(logger),
      requestLoggingPlugin(logger),
      operationResolutionPlugin(),
      variableFieldsPlugin(),
      jsonStatusPlugin(),
      planAheadPlugin(),
      // These would phone home, load a page from a CDN, or compute per field what nobody reads.
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginCacheControlDisabled(),
    ],
  });
}
