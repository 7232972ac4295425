/**
 * The GraphQL editor: Altair's static build, served from our own dependency. The shipped operations are open as
 * tabs, and its environment switch chooses the persona that `x-profile-id` names.
 */
import fastifyStatic from '@fastify/static';
import {
  getDistDirectory,
  isSandboxFrame,
  type RenderOptions,
  renderAltair,
  SANDBOX_FRAME_CSP,
} from 'altair-static';
import type { FastifyInstance } from 'fastify';
import { GRAPHQL_PATH } from '../http/graphql.route.ts';
import { PROFILE_HEADER } from '../identity/identity.ts';
import type { ExplorerOptions } from './explorer.route.ts';

const PATH = '/explorer/';
const OPTIONS_SCRIPT = 'initial_options.js';

/** Answers with `@defer` come in the parts that the editor knows to put together. */
const ACCEPT = 'multipart/mixed;deferSpec=20220824, application/json';

/** The editor sets styles at run time and runs its language service in a worker from a blob. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "frame-src 'self'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
].join('; ');

export async function addEditor(server: FastifyInstance, options: ExplorerOptions): Promise<void> {
  const html = renderAltair({ baseURL: PATH, serveInitialOptionsInSeperateRequest: OPTIONS_SCRIPT });
  const script = initialisation(altairOptions(options));
  const headers = (type: string) => ({
    'content-type': type,
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'cache-control': 'no-cache',
  });

  server.get('/explorer', async (_request, reply) => reply.redirect(PATH));
  server.get(PATH, async (_request, reply) => reply.headers(headers('text/html; charset=utf-8')).send(html));
  server.get(PATH + OPTIONS_SCRIPT, async (_request, reply) =>
    reply.headers(headers('text/javascript; charset=utf-8')).send(script),
  );
  await server.register(fastifyStatic, {
    root: getDistDirectory(),
    prefix: PATH,
    index: false,
    decorateReply: false,
    cacheControl: false,
    setHeaders: (response, path) => {
      response.header('cache-control', 'public, max-age=3600');
      response.header(
        'content-security-policy',
        isSandboxFrame(path) ? SANDBOX_FRAME_CSP : CONTENT_SECURITY_POLICY,
      );
    },
  });
}

/**
 * The editor wants absolute addresses, and only the browser knows under which one it came here. Its banner for a
 * hosted service is marked as seen: nothing hosted works offline.
 */
function initialisation(options: RenderOptions): string {
  return `const options = ${JSON.stringify(options)};
const endpoint = new URL(${JSON.stringify(GRAPHQL_PATH)}, location.origin).href;
options.endpointURL = endpoint;
for (const tab of options.initialWindows) {
  tab.endpointURL = endpoint;
  tab.subscriptionsEndpoint = endpoint;
}
localStorage.setItem('altair:db:ai-plugin-showcased', '{"value":true}');
AltairGraphQL.init(options);
`;
}

function altairOptions({ personas, exampleOperations }: ExplorerOptions): RenderOptions {
  return {
    instanceStorageNamespace: 'marquee_',
    disableAccount: true,
    // The tab opened last is the one in front; that is to be the first operation.
    initialWindows: exampleOperations.toReversed().map(({ name, document, variables }) => ({
      initialName: name,
      initialQuery: document,
      initialVariables: JSON.stringify(variables ?? {}, null, 2),
      initialHeaders: { accept: ACCEPT, [PROFILE_HEADER]: '{{profileId}}' },
      initialSubscriptionRequestHandlerId: 'graphql-sse',
    })),
    initialEnvironments: {
      base: { title: 'Nobody', variables: { profileId: '' } },
      ...(personas[0] === undefined ? {} : { activeSubEnvironment: personas[0].id }),
      subEnvironments: personas.map(({ id, name }) => ({ id, title: name, variables: { profileId: id } })),
    },
    // Set once; what a developer changes afterwards stays.
    initialSettings: { theme: 'dark', 'schema.reloadOnStart': true, disablePushNotification: true },
  };
}
