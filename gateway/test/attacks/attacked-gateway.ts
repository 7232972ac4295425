/**
 * A gateway as it is in production, to be attacked: real listener, key set from a real issuer, a partner with API
 * keys of two environments, a subgraph in process, the same one as a service of its own, and one at the end of a connection that
 * answers as an attack wants.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { systemClock } from '@marquee/domain';
import { createLogger } from '@marquee/service-kit';
import { createMetrics, createServiceServer } from '@marquee/service-kit/service';
import { createSubgraphExecutor, type RequestContext } from '@marquee/service-kit/subgraph';
import { parse } from 'graphql';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { composeSupergraph } from '../../../schema/composition.ts';
import { createGateway, parseGatewayConfig } from '../../src/index.ts';
import { makeApiKey } from '../../src/partners/api-key.ts';
import { partnerFolder, withKey, withPartner } from '../../src/partners/partner-book.ts';
import { createHttpSubgraph } from '../../src/subgraphs/http-subgraph.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key" "@requiresScopes" "@listSize"])`;
const TITLES = `${LINK}
  type Query {
    me: String
    title(id: ID!): Title
    titles(first: Int = 3): [Title!]! @listSize(slicingArguments: ["first"])
    experiments: [String!] @requiresScopes(scopes: [["experiment:read"]])
  }
  type Mutation { hide(titleId: ID!): Boolean }
  type Title @key(fields: "id") { id: ID! name: String! similar: [Title!]! }`;
const WEATHER = `${LINK}
  type Query { weather: Weather }
  type Weather { city: String! degrees: Int days: [Weather] }`;

const AUDIENCE = 'marquee';
const ISSUER = 'https://id.example';
export const SECRET = 'a shared secret of the attack table';
/** What no client may ever read. */
export const INTERNALS = 'password=hunter2 at db.internal:5432';

export interface AttackedGateway {
  readonly url: string;
  /** Where it speaks HTTP/2, in clear text. */
  readonly http2Url: string;
  /** Of the subgraph `titles`, as it listens where subgraphs are processes. */
  readonly subgraphUrl: string;
  /** Titles hidden so far: mutations that happened. */
  readonly hidden: readonly string[];
  /** Everything it has logged. */
  log(): string;
  /** How the subgraph `weather` answers from now on. */
  answerWeather(listener: RequestListener): void;
  /** A token of the real issuer, right in everything but what is given. */
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  readonly publicKeyText: string;
  readonly keys: { readonly right: string; readonly otherEnvironment: string };
  stop(): Promise<void>;
}

export async function attackedGateway(): Promise<AttackedGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'marquee-attacks-'));
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'first', alg: 'RS256', use: 'sig' };
  const issuer = await listen((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
  let answer: RequestListener = (_request, response) => response.end('{"data":{"weather":null}}');
  const weather = await listen((request, response) => {
    request.resume();
    answer(request, response);
  });
  const keys = await partnerKeys(folder);
  const hidden: string[] = [];
  const lines: string[] = [];
  const logger = createLogger({
    service: 'gateway',
    level: 'debug',
    destination: new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        if (lines.length > 20_000) lines.splice(0, 10_000);
        done();
      },
    }),
  });
  const http = createHttpSubgraph({
    name: 'weather',
    urls: [weather.url],
    gatewaySecret: SECRET,
    maxAnswerBytes: 1_000_000,
    clock: systemClock,
    logger,
  });
  const gateway = createGateway({
    config: parseGatewayConfig({
      PORT: '0',
      MARQUEE_AUTH_SECRET: SECRET,
      MARQUEE_AUTH_JWKS: issuer.url,
      MARQUEE_AUTH_ISSUER: ISSUER,
      MARQUEE_AUTH_AUDIENCE: AUDIENCE,
      MARQUEE_PARTNERS: folder,
      MARQUEE_COST_MODE: 'enforce',
      MARQUEE_COST_MAX: '2000',
      MARQUEE_REQUEST_DEADLINE_MS: '1500',
      MARQUEE_HEADERS_TIMEOUT_MS: '700',
      MARQUEE_REQUEST_TIMEOUT_MS: '1500',
      MARQUEE_TIMEOUT_CHECK_MS: '50',
      MARQUEE_RESPONSE_TIMEOUT_MS: '700',
      MARQUEE_HTTP2_PORT: '0',
      MARQUEE_HTTP2_CLEARTEXT: 'true',
      MARQUEE_DRAIN_GRACE_MS: '0',
    }),
    supergraphSdl: composeSupergraph([
      { name: 'titles', sdl: TITLES },
      { name: 'weather', sdl: WEATHER },
    ]).supergraphSdl,
    executors: { titles: titles(hidden), weather: http.execute },
    routes: [],
    readiness: () => ({ ready: true, components: {} }),
    personas: [],
    exampleOperations: [],
    clock: systemClock,
    logger,
  });
  await gateway.start();
  const service = createServiceServer({
    host: '127.0.0.1',
    port: 0,
    logger,
    metrics: createMetrics('titles'),
    readiness: () => ({ ready: true, components: {} }),
    routes: [],
    subgraph: {
      subgraph: { name: 'titles', execute: titles(hidden) },
      gatewaySecrets: [SECRET],
      maxInFlight: 100,
      now: Date.now,
      logger,
      metrics: createMetrics('titles'),
      serving: () => true,
    },
  });
  await service.start();
  return {
    url: gateway.url(),
    http2Url: gateway.http2Url() as string,
    subgraphUrl: service.url(),
    hidden,
    log: () => lines.join(''),
    answerWeather: (listener) => {
      answer = listener;
    },
    token: (claims, header) =>
      new SignJWT({
        sub: 'p1',
        iss: ISSUER,
        aud: AUDIENCE,
        exp: Math.floor(Date.now() / 1000) + 600,
        ...claims,
      })
        .setProtectedHeader({ alg: 'RS256', kid: 'first', ...header })
        .sign(privateKey),
    publicKeyText: await exportSPKI(publicKey),
    keys,
    async stop() {
      await gateway.stop();
      await service.stop();
      await http.stop();
      for (const { server } of [issuer, weather]) {
        server.closeAllConnections();
        server.close();
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function titles(hidden: string[]) {
  const all = Array.from({ length: 3 }, (_, index) => ({ id: `t${index}`, name: `Title ${index}` }));
  const schema = buildSubgraphSchema([
    {
      typeDefs: parse(TITLES),
      resolvers: {
        Query: {
          me: (_: unknown, __: unknown, context: RequestContext) => context.viewer?.profileId ?? null,
          title: (_: unknown, { id }: { id: string }) => {
            if (id === 'broken') throw new Error(INTERNALS);
            return all.find((title) => title.id === id) ?? null;
          },
          titles: (_: unknown, { first }: { first: number }) => all.slice(0, first),
          experiments: () => ['a secret experiment'],
        },
        Mutation: {
          hide: (_: unknown, { titleId }: { titleId: string }) => {
            hidden.push(titleId);
            return true;
          },
        },
        Title: { similar: () => all },
      } as never,
    },
  ]);
  return createSubgraphExecutor({ schema, createContext: (request) => request });
}

async function partnerKeys(folder: string): Promise<AttackedGateway['keys']> {
  const made = { right: makeApiKey('production', randomBytes), other: makeApiKey('staging', randomBytes) };
  await partnerFolder(folder).change((book) => {
    const partner = {
      name: 'acme',
      policy: 'open' as const,
      scopes: [],
      rateLimit: { limit: 1_000_000, windowSeconds: 60 },
      keys: [],
    };
    const issuedAt = Math.floor(Date.now() / 1000);
    return [
      { ...made.right, environment: 'production' },
      { ...made.other, environment: 'staging' },
    ].reduce(
      (changed, { id, hash, environment }) => withKey(changed, 'acme', { id, hash, environment, issuedAt }),
      withPartner(book, partner),
    );
  });
  return { right: made.right.text, otherEnvironment: made.other.text };
}

async function listen(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
