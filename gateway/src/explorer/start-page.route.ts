/**
 * The start page: static files and nothing inline, so that its content security policy allows only this origin.
 * The page's scripts are TypeScript; their types are stripped once, when they are first asked for.
 */
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import type { FastifyInstance } from 'fastify';
import type { ExplorerOptions } from './explorer.route.ts';

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE_FOLDER = new URL('./page/', import.meta.url);

/** Everything that is served, by name: no path from a request ever reaches the file system. */
const FILES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
  'cards.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'page.ts': 'text/javascript; charset=utf-8',
  'actions.ts': 'text/javascript; charset=utf-8',
  'billboard.ts': 'text/javascript; charset=utf-8',
  'card.ts': 'text/javascript; charset=utf-8',
  'changes.ts': 'text/javascript; charset=utf-8',
  'chrome.ts': 'text/javascript; charset=utf-8',
  'element.ts': 'text/javascript; charset=utf-8',
  'graphql.ts': 'text/javascript; charset=utf-8',
  'home.ts': 'text/javascript; charset=utf-8',
  'impressions.ts': 'text/javascript; charset=utf-8',
  'incremental.ts': 'text/javascript; charset=utf-8',
  'live.ts': 'text/javascript; charset=utf-8',
  'multipart.ts': 'text/javascript; charset=utf-8',
};

export function addStartPage(server: FastifyInstance, options: ExplorerOptions): void {
  const cache = new Map<string, string>();

  async function contentOf(file: string): Promise<string> {
    const known = cache.get(file);
    if (known !== undefined) return known;
    const source = await readFile(new URL(file, PAGE_FOLDER), 'utf8');
    const content = file.endsWith('.ts') ? stripTypes(source) : source;
    cache.set(file, content);
    return content;
  }

  const headers = (type: string) => ({
    'content-type': type,
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'cache-control': 'no-cache',
  });

  server.get('/', async (_request, reply) =>
    reply.headers(headers(FILES['index.html']!)).send(await contentOf('index.html')),
  );
  for (const [file, type] of Object.entries(FILES)) {
    server.get(`/start/${file}`, async (_request, reply) =>
      reply.headers(headers(type)).send(await contentOf(file)),
    );
  }
  // The page runs the shipped operations; it has none of its own.
  server.get('/start/operations.json', async (_request, reply) =>
    reply
      .header('cache-control', 'no-cache')
      .send(
        options.exampleOperations.map(({ name, document, variables }) => ({ name, document, variables })),
      ),
  );
}

/**
 * Node still calls this function experimental and says so on the terminal of whoever opens the page. What it does
 * is what Node does to every file of ours it runs, so the notice is held back for the length of the call.
 */
function stripTypes(source: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}
