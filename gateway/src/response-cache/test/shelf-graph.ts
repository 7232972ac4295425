/** A small graph whose subgraphs count what they are asked, change what they say, and take their time. */
import { buildSubgraphSchema } from '@apollo/subgraph';
import { manualClock } from '@marquee/domain';
import { silentLogger } from '@marquee/service-kit';
import {
  createSubgraphExecutor,
  type RequestContext,
  type SubgraphExecutor,
} from '@marquee/service-kit/subgraph';
import { parse } from 'graphql';
import { composeSupergraph } from '../../../../schema/composition.ts';
import { DEVELOPMENT, NOW } from '../../../test/small-graph/small-graph.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../../index.ts';
import { type ResponseCacheOptions, responseCacheSchema } from '../response-cache-options.ts';
import type { ResponseStore } from '../response-store.ts';

const LINK = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective", "@shareable"])
    @link(url: "https://marquee.example/specs/cacheControl/v1.0", import: ["@cacheControl"])
    @composeDirective(name: "@cacheControl")
  directive @cacheControl(maxAge: Int, scope: cacheControl__Scope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
  enum cacheControl__Scope { PUBLIC PRIVATE }`;

const CATALOGUE = `${LINK}
  type Query {
    titles(first: Int = 3): [Title!]! @cacheControl(maxAge: 60, scope: PUBLIC)
    seenBy: String @cacheControl(maxAge: 60)
    unhinted: Int
    broken: [Title]! @cacheControl(maxAge: 60, scope: PUBLIC)
  }
  type Title @key(fields: "id") @cacheControl(maxAge: 300, scope: PUBLIC) {
    id: ID!
    name: String!
    length(unit: String = "minutes"): String!
  }`;

const VIEWERS = `${LINK}
  type Query {
    me: Me @cacheControl(maxAge: 60, scope: PRIVATE)
    shelf: [Title!]! @cacheControl(maxAge: 60, scope: PRIVATE)
    scopes: String @cacheControl(maxAge: 60, scope: PRIVATE)
  }
  type Mutation { like(titleId: ID! = "t0"): Int! see: Boolean! }
  type Me { id: ID! likes: Int! degraded: Boolean! }
  type Title @key(fields: "id") { id: ID! liked: Int! @cacheControl(maxAge: 60, scope: PRIVATE) }`;

export interface Shelf {
  readonly supergraphSdl: string;
  readonly executors: Record<string, SubgraphExecutor>;
  /** Operations so far, by subgraph. */
  readonly asked: Record<string, number>;
  /** Representations so far, by subgraph. */
  readonly represented: Record<string, number>;
  readonly names: Map<string, string>;
  /** By profile; grows with every like. */
  readonly likes: Map<string, number>;
  /** Subgraphs say that they did without something. */
  isDegraded: boolean;
  /** Awaited by every field that reads or writes. */
  pause: () => Promise<void>;
}

interface Context {
  readonly request: RequestContext;
}

export function shelfGraph(): Shelf {
  const names = new Map(['t0', 't1', 't2'].map((id) => [id, `Title ${id}`]));
  const likes = new Map<string, number>();
  const shelf: Shelf = {
    supergraphSdl: composeSupergraph([
      { name: 'catalogue', sdl: CATALOGUE },
      { name: 'viewers', sdl: VIEWERS },
    ]).supergraphSdl,
    executors: {},
    asked: { catalogue: 0, viewers: 0 },
    represented: { catalogue: 0, viewers: 0 },
    names,
    likes,
    isDegraded: false,
    pause: async () => undefined,
  };
  const who = ({ request }: Context) => request.viewer?.profileId ?? 'nobody';
  const read = async <T>(value: () => T): Promise<T> => {
    await shelf.pause();
    const now = value();
    await shelf.pause();
    return now;
  };
  const known = (id: string) => (names.has(id) ? { id } : null);
  const titles = () => [...names.keys()].map((id) => ({ id }));
  const resolvers: Record<string, object> = {
    catalogue: {
      Query: {
        titles: (_: unknown, { first }: { first: number }) => read(() => titles().slice(0, first)),
        seenBy: (_: unknown, __: unknown, context: Context) => read(() => who(context)),
        unhinted: () => 1,
        broken: () => [{ id: 't0' }, new Error('half of it')],
      },
      Title: {
        __resolveReference: ({ id }: { id: string }) => known(id),
        name: ({ id }: { id: string }) => read(() => names.get(id)),
        length: ({ id }: { id: string }, { unit }: { unit: string }) => `90 ${unit} of ${id}`,
      },
    },
    viewers: {
      Query: {
        me: (_: unknown, __: unknown, context: Context) => {
          if (shelf.isDegraded) context.request.keeping?.doNotKeep();
          return read(() => ({
            id: who(context),
            likes: likes.get(who(context)) ?? 0,
            degraded: shelf.isDegraded,
          }));
        },
        shelf: () => read(titles),
        scopes: (_: unknown, __: unknown, { request }: Context) => request.viewer?.scopes.join(' ') ?? null,
      },
      Mutation: {
        like: async (_: unknown, __: unknown, context: Context) => {
          await shelf.pause();
          const next = (likes.get(who(context)) ?? 0) + 1;
          likes.set(who(context), next);
          await shelf.pause();
          return next;
        },
        see: (_: unknown, __: unknown, { request }: Context) => {
          request.keeping?.changedNothing();
          return true;
        },
      },
      Title: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        liked: (_: unknown, __: unknown, context: Context) => read(() => likes.get(who(context)) ?? 0),
      },
    },
  };
  for (const [name, sdl] of Object.entries({ catalogue: CATALOGUE, viewers: VIEWERS })) {
    const execute = createSubgraphExecutor<Context>({
      schema: buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers[name] as never }]),
      createContext: (request) => ({ request }),
    });
    shelf.executors[name] = async (request) => {
      shelf.asked[name]!++;
      for (const [variable, value] of Object.entries(request.variables ?? {})) {
        if (variable.startsWith('representations')) shelf.represented[name]! += (value as unknown[]).length;
      }
      return execute(request);
    };
  }
  return shelf;
}

export function cachingOptions(options: Partial<ResponseCacheOptions> = {}): ResponseCacheOptions {
  return responseCacheSchema.parse({ mode: 'on', localAgeSeconds: 0, readWithinMs: 1_000, ...options });
}

export function cachingGateway(
  shelf: Pick<Shelf, 'supergraphSdl' | 'executors'>,
  store: ResponseStore | undefined,
  options: Partial<GatewayOptions> & { readonly cache?: Partial<ResponseCacheOptions> } = {},
): Gateway {
  const { cache, ...rest } = options;
  return createGateway({
    config: DEVELOPMENT,
    supergraphSdl: shelf.supergraphSdl,
    executors: shelf.executors,
    routes: [],
    readiness: () => ({ ready: true, components: {} }),
    personas: [],
    exampleOperations: [],
    clock: manualClock(NOW),
    logger: silentLogger,
    ...(store === undefined ? {} : { responseCache: { options: cachingOptions(cache), store } }),
    ...rest,
  });
}
