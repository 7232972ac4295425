/**
 * A real federated graph of two small subgraphs whose fields do what a test of the edge needs: answer late,
 * throw, say who asked.
 */
import { manualClock } from '@marquee/domain';
import { type HttpRoute, MarqueeError, silentLogger } from '@marquee/service-kit';
import { buildSubgraph, type RequestContext, type SubgraphExecutor } from '@marquee/service-kit/subgraph';
import { composeSupergraph } from '../../../schema/composition.ts';
import { plannerInThisThread } from '../../src/executor/planner/planner.ts';
import { variantSchema } from '../../src/federation/variants/variant-options.ts';
import {
  createGateway,
  type Gateway,
  type GatewayConfig,
  type GatewayOptions,
  parseGatewayConfig,
} from '../../src/index.ts';

export const SECRET = 'a secret of the tests, 32 bytes long';
export const NOW = Date.parse('2026-03-01T12:00:00Z');

interface Context {
  readonly request: RequestContext;
}

export interface SmallGraph {
  readonly supergraphSdl: string;
  readonly executors: Record<string, SubgraphExecutor>;
  /** Tells subscribers of `titleAdded`. */
  addTitle(id: string): void;
  /** Subscriptions that have not been ended. */
  subscribers(): number;
  /** Titles hidden so far. */
  readonly hidden: string[];
  /** Resolves once a request waits in the field `slow`, or for `late` to be hidden. */
  readonly slowAsked: Promise<void>;
  /** Lets it answer. */
  answerSlow(): void;
}

export function smallGraph(): SmallGraph {
  const hidden: string[] = [];
  const added = new Set<(id: string) => void>();
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<string>();
  const titles = Array.from({ length: 3 }, (_, index) => ({ id: `t${index}`, name: `Title ${index}` }));
  const content = buildSubgraph({
    name: 'content',
    modulesFolder: new URL('./content', import.meta.url).pathname,
    resolvers: {
      Query: {
        title: (_: unknown, { id }: { id: string }) => titles.find((title) => title.id === id) ?? null,
        titles: (_: unknown, { first }: { first: number }) => titles.slice(0, first),
        slow: () => {
          asked.resolve();
          return answer.promise;
        },
        broken: () => {
          throw new Error('password=hunter2 at db.internal:5432');
        },
        unavailable: () => {
          throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'redis at 10.0.0.7 refused the connection');
        },
        refused: (_: unknown, { first }: { first?: number }) => {
          throw new MarqueeError('BAD_USER_INPUT', {
            message: `first must be 1 to 100, not ${first}`,
            field: 'first',
          });
        },
      },
      Subscription: {
        titleAdded: { subscribe: () => addedTitles(added) },
        refusedEvents: {
          subscribe: () => {
            throw new MarqueeError('RATE_LIMITED', 'enough');
          },
        },
      },
      Title: {
        __resolveReference: ({ id }: { id: string }) => titles.find((title) => title.id === id) ?? null,
        similar: () => titles,
      },
    },
    createContext: (request): Context => ({ request }),
    components: [],
    routes: [],
  });
  const userProfile = buildSubgraph({
    name: 'user-profile',
    modulesFolder: new URL('./user-profile', import.meta.url).pathname,
    resolvers: {
      Query: {
        me: (_: unknown, __: unknown, { request }: Context) => request.viewer?.profileId ?? null,
        scopes: (_: unknown, __: unknown, { request }: Context) => request.viewer?.scopes ?? null,
        trace: (_: unknown, __: unknown, { request }: Context) => request.traceparent ?? null,
      },
      Mutation: {
        hide: async (_: unknown, { titleId }: { titleId: string }) => {
          hidden.push(titleId);
          if (titleId === 'late') {
            asked.resolve();
            await answer.promise;
          }
          return true;
        },
      },
      Title: { __resolveReference: ({ id }: { id: string }) => ({ id, inMyList: id === 't1' }) },
    },
    createContext: (request): Context => ({ request }),
    components: [],
    routes: [],
  });
  const { supergraphSdl } = composeSupergraph(
    [content, userProfile].map(({ name, typeDefs }) => ({ name, sdl: typeDefs })),
  );
  return {
    supergraphSdl,
    executors: { content: content.execute, 'user-profile': userProfile.execute },
    addTitle: (id) => {
      for (const tell of added) tell(id);
    },
    subscribers: () => added.size,
    hidden,
    slowAsked: asked.promise,
    answerSlow: () => answer.resolve('at last'),
  };
}

function addedTitles(listeners: Set<(id: string) => void>): AsyncIterableIterator<object, void, void> {
  const waiting: string[] = [];
  let wake = (): void => undefined;
  let ended = false;
  const tell = (id: string): void => {
    waiting.push(id);
    wake();
  };
  listeners.add(tell);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      while (waiting.length === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const id = waiting.shift();
      return ended || id === undefined
        ? { done: true, value: undefined }
        : { done: false, value: { titleAdded: { id, name: `Title ${id}` } } };
    },
    async return() {
      ended = true;
      listeners.delete(tell);
      wake();
      return { done: true, value: undefined };
    },
  };
}

export const DEVELOPMENT: GatewayConfig = {
  ...parseGatewayConfig({ MARQUEE_MODE: 'development', MARQUEE_AUTH_SECRET: SECRET, PORT: '0' }),
  logLevel: 'silent',
  requestDeadlineMs: 5_000,
  drain: { graceMs: 0, boundMs: 5_000 },
};
export const PRODUCTION: GatewayConfig = {
  ...DEVELOPMENT,
  mode: 'production',
  variants: variantSchema.parse({}),
};

export const poster: HttpRoute = {
  method: 'GET',
  path: '/artwork/:titleId',
  handle: async ({ parameters, query }) => ({
    status: 200,
    headers: { 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=3600' },
    body: `<svg xmlns="http://www.w3.org/2000/svg"><text>${parameters.titleId} ${query.width}</text></svg>`,
  }),
};

export function gatewayOver(graph: SmallGraph, options: Partial<GatewayOptions> = {}): Gateway {
  return createGateway({
    config: DEVELOPMENT,
    supergraphSdl: graph.supergraphSdl,
    executors: graph.executors,
    routes: [poster],
    readiness: () => ({ ready: true, components: { 'event-bus': { ready: true } } }),
    personas: [{ id: 'p1', name: 'Ada', tastes: ['1970s crime'] }],
    exampleOperations: [{ name: 'Me', document: 'query Me { me }' }],
    clock: manualClock(NOW),
    logger: silentLogger,
    // A thread takes longer to come up than most tests take.
    planner: plannerInThisThread,
    ...options,
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: {
    readonly data?: Record<string, unknown> | null;
    readonly errors?: readonly {
      readonly message: string;
      readonly path?: readonly (string | number)[];
      readonly extensions: Record<string, unknown>;
    }[];
  };
}

/** One real GraphQL request. */
export async function ask(
  gateway: Gateway,
  query: string,
  headers: Record<string, string> = {},
  variables?: Record<string, unknown>,
): Promise<Answer> {
  const response = await fetch(`${gateway.url()}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return answerOf(response);
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
}
