/** `npm run gateway` as a process, in front of subgraphs that are HTTP servers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitUntil } from '@marquee/testkit';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SubgraphServers, startSubgraphs } from '../../test/subgraph-servers.ts';
import { graphOf } from '../executor/test/both-answers.ts';
import { library } from '../executor/test/library.world.ts';
import { answerAlone } from '../executor/test/world.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const DEADLINE_MS = 30_000;

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
}

let folder: string;
let subgraphs: SubgraphServers;
let supergraph: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-command-'));
  subgraphs = await startSubgraphs(library);
  supergraph = await file('supergraph.graphql', subgraphs.supergraphSdl);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await subgraphs.stop();
  await rm(folder, { recursive: true });
});

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

function run(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
  children.push(child);
  return child;
}

async function serve(...args: string[]): Promise<Running> {
  const child = run('--supergraph', supergraph, '--port', '0', ...args);
  child.stderr!.resume();
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, url: /http:\S+(?=\/graphql)/.exec(line.toString())![0] };
}

async function failure(...args: string[]): Promise<{ code: unknown; text: string }> {
  const child = run(...args);
  const chunks: Buffer[] = [];
  child.stderr!.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = await once(child, 'close');
  return { code, text: Buffer.concat(chunks).toString() };
}

async function ask(url: string, query: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as {
    data?: Record<string, unknown> | null;
    errors?: { message: string; extensions: Record<string, unknown> }[];
  };
}

describe('a supergraph of somebody else', { timeout: DEADLINE_MS * 2 }, () => {
  let running: Running;
  beforeAll(async () => {
    const config = `
subgraphs:
  library: { propagateHeaders: [x-tenant] }
`;
    running = await serve('--config', await file('served.yaml', config));
  }, DEADLINE_MS);

  it('is answered as by one schema, from the addresses it has', async () => {
    const query = `{
      media { __typename id title headline rating comments { text about { id } } ... on Film { minutes } }
      shelf { owner { born films { title } } best { ... on Book { pages } ... on Film { rating } } }
    }`;
    const { supergraph: loaded } = graphOf(library);
    const alone = await answerAlone(library, loaded.apiSchema, parse(query), {}, new Map());
    expect(await ask(running.url, query)).toEqual(alone);
  });

  it('is alive, ready and measured', async () => {
    expect((await fetch(`${running.url}/health`)).status).toBe(200);
    const ready = await fetch(`${running.url}/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ components: { 'subgraph library': { ready: true } } });
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    expect(metrics).toMatch(/marquee_subgraph_request_seconds_count\{[^}]*subgraph="library"/);
  });

  it('shows strangers nothing: no schema, no plan, no page, nobody to be', async () => {
    const { errors } = await ask(running.url, '{ __schema { queryType { name } } }');
    expect(errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    for (const path of ['/', '/explorer', '/personas', '/start']) {
      expect((await fetch(`${running.url}${path}`)).status, path).toBe(404);
    }
  });

  it('lets a subgraph see the headers it is configured to see, and no other', async () => {
    subgraphs.seen.length = 0;
    const sent = { 'x-tenant': 'acme', authorization: 'Bearer x', 'x-profile-id': 'p1' };
    await ask(running.url, '{ media { title } topRated { rating } }', sent);
    const [first] = subgraphs.seen.filter(({ subgraph }) => subgraph === 'library');
    const [second] = subgraphs.seen.filter(({ subgraph }) => subgraph === 'ratings');
    expect(first).toMatchObject({ 'x-tenant': 'acme' });
    for (const headers of [first, second]) {
      expect(headers).not.toHaveProperty('authorization');
      expect(headers).not.toHaveProperty('x-profile-id');
      expect(headers).not.toHaveProperty('x-marquee-gateway');
    }
    expect(second).not.toHaveProperty('x-tenant');
  });

  it('is answered in part when a subgraph is away, and wholly when it drops one read', async () => {
    subgraphs.drop('people', 1);
    expect(await ask(running.url, '{ person { born } }')).toEqual({ data: { person: { born: null } } });
    subgraphs.drop('people', 2);
    const { data, errors } = await ask(running.url, '{ person { born } newest { rating } }');
    expect(data).toMatchObject({ person: null, newest: { rating: expect.any(Number) } });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryable: true });
    const ready = await fetch(`${running.url}/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      components: { 'subgraph people': { detail: /did not/ as never } },
    });
  });

  it('takes up a supergraph that is put in the place of the first, and refuses a broken one by name', async () => {
    const detail = async () => {
      const { components } = (await (await fetch(`${running.url}/ready`)).json()) as {
        components: Record<string, { detail?: string }>;
      };
      return components.supergraph?.detail ?? '';
    };
    const hasField = async () => (await ask(running.url, '{ newest { shout } }')).errors === undefined;
    expect(await hasField()).toBe(true);
    const lines = subgraphs.supergraphSdl.split('\n').filter((line) => !/^\s+shout:/.test(line));
    await file('supergraph.graphql', lines.join('\n'));
    await waitUntil(async () => !(await hasField()), { what: 'the new supergraph' });
    await file('supergraph.graphql', 'type Query {');
    await waitUntil(async () => /is refused: /.test(await detail()), { what: 'the refusal' });
    expect((await ask(running.url, '{ newest { rating } }')).errors).toBeUndefined();
    await file('supergraph.graphql', subgraphs.supergraphSdl);
    await waitUntil(hasField, { what: 'the first supergraph' });
    expect(await detail()).not.toContain('refused');
  });

  it('finishes what is in flight before it stops', async () => {
    const released = Promise.withResolvers<void>();
    subgraphs.holdUntil(released.promise);
    subgraphs.seen.length = 0;
    const answer = ask(running.url, '{ newest { rating } }');
    await waitUntil(() => subgraphs.seen.length > 0, { what: 'the request' });
    running.child.kill('SIGTERM');
    const stopping = await waitUntil(async () => (await fetch(`${running.url}/ready`)).status === 503, {
      what: 'not being ready',
    });
    expect(stopping).toBe(true);
    released.resolve();
    expect(await answer).toEqual({ data: { newest: { rating: expect.any(Number) } } });
    const [code] = await once(running.child, 'exit');
    expect(code).toBe(0);
  });
});

describe('what cannot be served', { timeout: DEADLINE_MS * 2 }, () => {
  it.each([
    ['no supergraph', [], /--supergraph FILE is needed/],
    ['an unknown flag', ['--colour'], /--colour/],
    ['no port', ['--supergraph', 'x', '--port', '70000'], /--port: "70000"/],
    ['no file', ['--supergraph', 'nowhere.graphql'], /nowhere\.graphql: there is no such file/],
  ])('%s is one clear line', async (_what, args, message) => {
    const { code, text } = await failure(...args);
    expect(code).toBe(1);
    expect(text).toMatch(message);
    expect(text.trim().split('\n')).toHaveLength(1);
  });

  it('a schema that nobody composed is refused', async () => {
    const { code, text } = await failure(
      '--supergraph',
      await file('plain.graphql', 'type Query { a: Int }'),
    );
    expect(code).toBe(1);
    expect(text).toMatch(/CONFIG_INVALID: the supergraph cannot be served/);
  });

  it('every wrong setting is named, and so are subgraphs that the supergraph does not have', async () => {
    const wrong = await file('wrong.yaml', 'listen: { port: many }\nlimits: { maxDepth: 0 }\ncolour: blue\n');
    const { text } = await failure('--supergraph', supergraph, '--config', wrong);
    for (const path of ['listen.port', 'limits.maxDepth', 'colour']) expect(text).toContain(path);
    const misspelt = await file('misspelt.json', '{"subgraphs":{"libary":{"timeoutMs":5}}}');
    const unknown = await failure('--supergraph', supergraph, '--config', misspelt, '--check');
    expect(unknown.text).toMatch(/no libary; it has library, people, ratings/);
    expect((await failure('--supergraph', supergraph, '--config', misspelt, '--port', '0')).code).toBe(1);
  });

  it('a port in use is named', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, text } = await failure('--supergraph', supergraph, '--port', String(port));
    other.close();
    expect(code).toBe(1);
    expect(text).toContain(`PORT_IN_USE: 127.0.0.1:${port} is already in use`);
  });
});
