/** Apollo Server over the federated gateway: everything about GraphQL that is configured, in one place. */
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { deadlineAfter, type Logger, MarqueeError, type Metrics } from '@marquee/service-kit';
import type { SubgraphExecutor } from '@marquee/service-kit/subgraph';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import { type AuthorizationSettings, authorization } from '../authorization/authorization.ts';
import { cacheHeadersPlugin } from '../caching/cache-headers.plugin.ts';
import type { SubgraphDataSource } from '../data-source/data-source.ts';
import { InProcessDataSource } from '../data-source/in-process-data-source.ts';
import { demandControlPlugin } from '../demand-control/demand-control.plugin.ts';
import type { DemandControlOptions } from '../demand-control/demand-control-options.ts';
import { maskError } from '../errors/error-masking.ts';
import { FailureLog } from '../errors/failure-log.ts';
import type { AnswerKeeping } from '../executor/answer-keeping.ts';
import { createFederationExecutor, type FederationExecutor } from '../executor/federation-executor.ts';
import type { Planner } from '../executor/planner/planner.ts';
import type { OverrideShares } from '../executor/planning/override-labels.ts';
import { ENFORCED_FEATURES } from '../executor/supergraph/linked-directives.ts';
import type { SupergraphOptions } from '../executor/supergraph/supergraph.ts';
import { formattedParts } from '../incremental/formatted-parts.ts';
import { DEFAULT_DOCUMENT_LIMITS, type DocumentLimits } from '../limits/document-limits.ts';
import { API_KEY_HEADER } from '../partners/callers.ts';
import { errorReportingPlugin, reported } from '../plugins/error-reporting.plugin.ts';
import { type GatewayPlugin, inOnePlugin } from '../plugins/in-one.plugin.ts';
import { type IntrospectionPolicy, introspectionPlugin } from '../plugins/introspection.plugin.ts';
import { jsonStatusPlugin } from '../plugins/json-status.plugin.ts';
import { operationResolutionPlugin } from '../plugins/operation-resolution.plugin.ts';
import { requestLoggingPlugin } from '../plugins/request-logging.plugin.ts';
import { variableFieldsPlugin } from '../plugins/variable-fields.plugin.ts';
import type { GatewayContext } from '../request-context.ts';
import type { Sight } from '../sight/sight.ts';
import { formattedEvents } from '../subscriptions/formatted-events.ts';
import { createDocumentStore } from './document-store.ts';
import { KnownRequests } from './known-requests.ts';
import { planAheadPlugin } from './plan-ahead.ts';

/** For what the other subgraphs add to an event. */
const EVENT_DEADLINE_MS = 5_000;
/** Lets a viewer see what operations cost, in production too. */
const COST_SCOPE = 'cost:read';
/** The same for query plans, which name subgraphs and keys. */
const PLAN_SCOPE = 'plan:read';

export interface FederationOptions {
  readonly supergraphSdl: string;
  /** Load it beside requests that are being served. Default: at once, while nobody is. */
  readonly loadBeside?: boolean;
  /** Who reads supergraphs and plans operations; not stopped here. Default: this thread does. */
  readonly planner?: Planner | undefined;
  readonly executors: Readonly<Record<string, SubgraphExecutor>>;
  readonly dataSourceFor?: (subgraph: string, url: string) => SubgraphDataSource<GatewayContext>;
  /** Names in lower case: headers of clients that some subgraph sees. Default: none. */
  readonly propagatedHeaders?: readonly string[];
  /** Default: refused in production. */
  readonly introspection?: IntrospectionPolicy | undefined;
  readonly subgraphErrors?: 'masked' | 'passed';
  readonly documentLimits?: DocumentLimits;
  /** Known to be sent sooner or later; planned anew before another supergraph takes over. */
  readonly expectedDocuments?: () => readonly string[];
  readonly authorization?: AuthorizationSettings | undefined;
  /** Of labels of `@override`. Absent: those that say a percentage have it, the others are off. */
  readonly overrideShares?: OverrideShares | undefined;
  /** Absent: costs are not looked at. */
  readonly demandControl?: DemandControlOptions | undefined;
  /** Absent: no answers of subgraphs are kept. */
  readonly answerKeeping?: AnswerKeeping<GatewayContext> | undefined;
  readonly metrics?: Metrics;
  /** Absent: requests are not observed. */
  readonly sight?: Pick<Sight, 'plugin'>;
  readonly production: boolean;
  readonly logger: Logger;
}

export interface FederatedServer {
  /** Not started yet. */
  readonly apollo: ApolloServer<GatewayContext>;
  /** As `executeHTTPGraphQLRequest`, with less in between for what was asked before. */
  readonly requests: Pick<KnownRequests, 'answer'>;
  /**
   * Puts another supergraph in force while requests are being served.
   * @param isChecked whoever made it has seen that it can be served. Default: it comes from outside.
   * @throws MarqueeError CONFIG_INVALID for one that cannot be served; nothing has changed then.
   */
  updateSupergraph(sdl: string, isChecked?: boolean): Promise<void>;
  /** The same up to the moment in which it takes over, which is the caller's. */
  readonly makeReady: FederationExecutor<GatewayContext>['makeReady'];
}

/** How a supergraph is read that such a server serves. */
export function supergraphOptions({ overrideShares }: FederationOptions): SupergraphOptions {
  return { enforcedFeatures: ENFORCED_FEATURES, ...(overrideShares && { overrideShares }) };
}

export function createApolloServer(options: FederationOptions): FederatedServer {
  const { production, logger, introspection = production ? 'refused' : 'allowed' } = options;
  const libraryLogger = logger.child({ part: 'apollo' });
  const documentStore = createDocumentStore();
  const masking = {
    hideSchemaDetails: production,
    passSubgraphErrors: options.subgraphErrors === 'passed',
  };
  const laterFailures = new FailureLog({ logger });
  /** Errors of what comes after the answer that Apollo Server makes. */
  const toldLater =
    ({ request, observed }: GatewayContext) =>
    (errors: readonly GraphQLError[]): GraphQLFormattedError[] => {
      const sent = errors.map((error) => maskError(error.toJSON(), error, masking).formatted);
      observed?.toldLater(sent, errors);
      return reported(sent, errors, request.requestId, laterFailures);
    };
  const gateway = createFederationExecutor<GatewayContext>({
    supergraphSdl: options.supergraphSdl,
    loadBeside: options.loadBeside ?? false,
    planner: options.planner,
    logger: libraryLogger,
    expected: () => options.expectedDocuments?.() ?? [],
    beforeSwap: async (next, pause) => {
      for (const plugin of plugins) {
        plugin.schemaAhead?.({ apiSchema: next.schema, supergraphSdl: next.sdl });
        await pause();
      }
      return documentStore.carryOver(next, pause);
    },
    planOnly: (context) => context.planOnly === true,
    settled: ({ settled }) => settled?.execute,
    ...supergraphOptions(options),
    // Somebody who is nobody in particular may be answered by another side each time.
    overrideIdentity: ({ viewer, request }) => viewer?.profileId ?? request.requestId,
    answerKeeping: options.answerKeeping,
    events: (context) => {
      const { events, request } = context;
      return (
        events && {
          signal: events.signal,
          eventContext: () => ({
            ...context,
            request: { ...request, deadline: deadlineAfter(EVENT_DEADLINE_MS) },
          }),
          refusal: () => events.refusal(),
          deliver: (answers) => events.deliver(formattedEvents(answers, toldLater(context))),
        }
      );
    },
    inParts: (context) => {
      const { parts } = context;
      return (
        parts && {
          signal: parts.signal,
          deliver: (answer) => parts.deliver(formattedParts(answer, toldLater(context))),
        }
      );
    },
    accessControl: authorization<GatewayContext>({
      ...options.authorization,
      viewerOf: ({ viewer }) => viewer,
      requestIdOf: ({ request }) => request.requestId,
      logger,
    }),
    mayExposePlan: ({ viewer }) => !production || (viewer?.scopes.includes(PLAN_SCOPE) ?? false),
    observe: ({ observed }) => observed,
    dataSourceFor(name, url) {
      const execute = options.executors[name];
      if (execute === undefined && options.dataSourceFor !== undefined) {
        return options.dataSourceFor(name, url);
      }
      if (execute === undefined) {
        throw new MarqueeError(
          'CONFIG_INVALID',
          `the supergraph has a subgraph "${name}" that nobody executes`,
        );
      }
      return new InProcessDataSource(name, execute, logger);
    },
  });
  const plugins: readonly GatewayPlugin[] = [
    errorReportingPlugin(logger),
    requestLoggingPlugin(logger),
    operationResolutionPlugin(),
    ...(introspection === 'scoped' ? [introspectionPlugin()] : []),
    ...(options.demandControl === undefined || options.demandControl.mode === 'off'
      ? []
      : [
          demandControlPlugin({
            options: options.demandControl,
            maySee: ({ viewer }) => !production || (viewer?.scopes.includes(COST_SCOPE) ?? false),
            logger,
            metrics: options.metrics,
          }),
        ]),
    variableFieldsPlugin(),
    jsonStatusPlugin(),
    cacheHeadersPlugin(options.propagatedHeaders),
    planAheadPlugin(),
    // After all that may still change an answer.
    ...(options.sight === undefined ? [] : [options.sight.plugin]),
  ];
  const apollo = new ApolloServer<GatewayContext>({
    gateway,
    documentStore,
    logger: libraryLogger,
    nodeEnv: production ? 'production' : 'development',
    introspection: introspection !== 'refused',
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    formatError: (formatted, error) => maskError(formatted, error, masking).formatted,
    allowBatchedHttpRequests: false,
    // Browsers ask before they send these across origins; an API key is one of them.
    csrfPrevention: {
      requestHeaders: ['x-apollo-operation-name', 'apollo-require-preflight', API_KEY_HEADER],
    },
    persistedQueries: false,
    parseOptions: { maxTokens: (options.documentLimits ?? DEFAULT_DOCUMENT_LIMITS).maxTokens },
    maxRecursiveSelections: true,
    stopOnTerminationSignals: false,
    // The default adds a line break, which copies the whole text once more when it is written.
    stringifyResult: (result) => JSON.stringify(result),
    plugins: [
      inOnePlugin([
        ...plugins,
        { requestDidStart: () => ({ didResolveOperation: (context) => requests.learn(context) }) },
      ]),
      // These would phone home, load a page from a CDN, or compute per field what nobody reads.
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginCacheControlDisabled(),
    ],
  });
  const requests = new KnownRequests({ apollo, plugins, execute: gateway.execute });
  gateway.onSchemaLoadOrUpdate(({ apiSchema }) => requests.schemaChanged(apiSchema));
  return { apollo, requests, updateSupergraph: gateway.update, makeReady: gateway.makeReady };
}
