import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { createLogger, silentLogger } from '@marquee/service-kit';
import { createMetrics } from '@marquee/service-kit/service';
import { temporaryFolder, waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type Answer,
  answerOf,
  DEVELOPMENT,
  gatewayOver,
  type SmallGraph,
  smallGraph,
} from '../../test/small-graph/small-graph.ts';
import type { Gateway, GatewayOptions } from '../index.ts';
import type { DocumentConfig } from './variables.ts';

const TITLES = 'query Titles($first: Int = 1) { titles(first: $first) { id } }';
const HIDE = 'mutation Hide($id: ID!) { hide(titleId: $id) }';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

interface Running {
  readonly gateway: Gateway;
  readonly graph: SmallGraph;
  /** Path of the manifest that is followed. */
  readonly manifest: string;
  write(operations: Record<string, string>): void;
}

/** @param atEnd of what the gateway is for; default: of the test. */
async function serving(
  documents: Partial<DocumentConfig> = {},
  options: Partial<GatewayOptions> = {},
  atEnd: (finish: () => Promise<void>) => void = onTestFinished,
): Promise<Running> {
  const folder = temporaryFolder();
  const manifest = folder.file('operations.json');
  const write = (operations: Record<string, string>) => {
    // As deployments do it: nobody reads half a file.
    writeFileSync(`${manifest}.new`, JSON.stringify(operations));
    renameSync(`${manifest}.new`, manifest);
  };
  write({ titles: TITLES, [sha256(TITLES)]: TITLES, hide: HIDE });
  const graph = smallGraph();
  const gateway = gatewayOver(graph, {
    config: {
      ...DEVELOPMENT,
      documents: { ...DEVELOPMENT.documents, files: [manifest], ...documents },
    },
    ...options,
  });
  await gateway.start();
  atEnd(async () => {
    await gateway.stop();
    await folder.remove();
  });
  return { gateway, graph, manifest, write };
}

async function post(gateway: Gateway, body: object, headers: Record<string, string> = {}, path = '/graphql') {
  const response = await fetch(gateway.url() + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return answerOf(response);
}

async function get(gateway: Gateway, path: string, parameters: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${gateway.url()}${path}?${new URLSearchParams(parameters)}`, {
    headers: { 'apollo-require-preflight': 'test' },
  });
  return answerOf(response);
}

const codes = ({ body }: Answer) => body.errors?.map(({ extensions }) => extensions.code);
const ONE = { data: { titles: [{ id: 't0' }] } };

describe('a registered document is run by its id', () => {
  let strict: Running;
  let end: () => Promise<void>;
  beforeAll(async () => {
    strict = await serving({ policy: 'ids' }, {}, (finish) => {
      end = finish;
    });
  });
  afterAll(() => end());

  const hash = sha256(TITLES);
  const extensions = { persistedQuery: { version: 1, sha256Hash: hash } };
  it.each<[string, (gateway: Gateway) => Promise<Answer>]>([
    ['id of the body', (gateway) => post(gateway, { id: 'titles' })],
    ['documentId of the body', (gateway) => post(gateway, { documentId: 'titles' })],
    ['documentId with its algorithm', (gateway) => post(gateway, { documentId: `sha256:${hash}` })],
    ['extensions of the body', (gateway) => post(gateway, { extensions })],
    ['path of a POST', (gateway) => post(gateway, { variables: {} }, {}, '/graphql/titles')],
    ['path of a GET', (gateway) => get(gateway, '/graphql/titles')],
    ['id of the query string', (gateway) => get(gateway, '/graphql', { id: 'titles' })],
    ['documentId of the query string', (gateway) => get(gateway, '/graphql', { documentId: 'titles' })],
    [
      'extensions of the query string',
      (gateway) => get(gateway, '/graphql', { extensions: JSON.stringify(extensions) }),
    ],
  ])('given as %s', async (_where, ask) => {
    const answer = await ask(strict.gateway);
    expect(answer.body).toEqual(ONE);
    expect(answer.status).toBe(200);
  });

  it('with variables, over POST and GET', async () => {
    const { gateway } = strict;
    const two = { data: { titles: [{ id: 't0' }, { id: 't1' }] } };
    expect((await post(gateway, { id: 'titles', variables: { first: 2 } })).body).toEqual(two);
    expect((await get(gateway, '/graphql/titles', { variables: '{"first":2}' })).body).toEqual(two);
  });

  it('but never a mutation over GET', async () => {
    const { gateway, graph } = strict;
    const refused = await get(gateway, '/graphql/hide', { variables: '{"id":"t1"}' });
    expect([refused.status, codes(refused)]).toEqual([405, ['BAD_REQUEST']]);
    expect(graph.hidden).toEqual([]);
    expect((await post(gateway, { id: 'hide', variables: { id: 't1' } })).body.data).toEqual({ hide: true });
    expect(graph.hidden).toEqual(['t1']);
  });

  it('and refused when the text beside it is another one, or the ids contradict each other', async () => {
    const { gateway } = await serving();
    const other = await post(gateway, { id: 'titles', query: '{ me }' });
    expect([other.status, codes(other)]).toEqual([400, ['PERSISTED_QUERY_HASH_MISMATCH']]);
    const two = await post(gateway, { id: 'titles' }, {}, '/graphql/hide');
    expect([two.status, codes(two)]).toEqual([400, ['BAD_REQUEST']]);
    for (const id of [7, ['titles'], 'a b', 'x'.repeat(257)]) {
      expect(codes(await post(gateway, { id }))).toEqual(['BAD_REQUEST']);
    }
  });
});

describe('an unknown id', () => {
  it('is told to clients as they expect it: 200 for JSON, 404 for answers of GraphQL', async () => {
    const { gateway } = await serving();
    const json = await post(gateway, { id: 'nothing' });
    expect(json.status).toBe(200);
    expect(json.headers.get('cache-control')).toContain('no-store');
    expect(json.body.errors).toMatchObject([
      { message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
    ]);
    const typed = await post(gateway, { id: 'nothing' }, { accept: 'application/graphql-response+json' });
    expect([typed.status, codes(typed)]).toEqual([404, ['PERSISTED_QUERY_NOT_FOUND']]);
  });
});

describe('automatic persisted queries', () => {
  const query = '{ titles(first: 1) { id } }';
  const automatic = { extensions: { persistedQuery: { version: 1, sha256Hash: sha256(query) } } };

  it('are unknown, then sent once with their text, then known, also to another gateway with the same store', async () => {
    const store = createMemoryStore();
    await store.start();
    onTestFinished(() => store.stop());
    const { gateway: one } = await serving({}, { store });
    const { gateway: other } = await serving({}, { store });
    expect(codes(await post(one, automatic))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    expect((await post(one, { ...automatic, query })).body).toEqual(ONE);
    expect((await post(one, automatic)).body).toEqual(ONE);
    expect((await post(other, automatic)).body).toEqual(ONE);
    expect((await get(other, '/graphql', { extensions: JSON.stringify(automatic.extensions) })).body).toEqual(
      ONE,
    );
  });

  it('with a hash of something else are refused and not kept', async () => {
    const { gateway } = await serving();
    const wrong = await post(gateway, { ...automatic, query: '{ me }' });
    expect([wrong.status, codes(wrong)]).toEqual([400, ['PERSISTED_QUERY_HASH_MISMATCH']]);
    expect(codes(await post(gateway, automatic))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
  });

  it('are worth nothing where the policy is strict, and say so when they are off', async () => {
    const { gateway: strict } = await serving({ policy: 'safelist' });
    expect(codes(await post(strict, { ...automatic, query }))).toEqual(['DOCUMENT_NOT_TRUSTED']);
    expect(codes(await post(strict, automatic))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    const { gateway: off } = await serving({ automatic: false });
    expect(codes(await post(off, automatic))).toEqual(['PERSISTED_QUERY_NOT_SUPPORTED']);
    expect((await post(off, { ...automatic, query })).body).toEqual(ONE);
  });

  it('are answered while the store is away', async () => {
    const broken = createMemoryStore();
    const store: typeof broken = {
      ...broken,
      getMany: () => new Promise(() => undefined),
      putMany: () => Promise.reject(new Error('away')),
    };
    const { gateway } = await serving({}, { store });
    expect(codes(await post(gateway, automatic))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    expect((await post(gateway, { ...automatic, query })).body).toEqual(ONE);
    expect((await post(gateway, automatic)).body).toEqual(ONE);
  });
});

describe('policies', () => {
  const relaidOut = `# the same\n${TITLES.replace('{ id }', '{\n  id\n}')}`;

  it('open runs everything; log too, and says once what was not registered', async () => {
    const lines: string[] = [];
    const logger = createLogger({
      service: 'test',
      level: 'warn',
      destination: { write: (line) => void lines.push(line) },
    });
    const { gateway } = await serving({ policy: 'log' }, { logger });
    for (let turn = 0; turn < 3; turn++) {
      expect((await post(gateway, { query: '{ me }' }, { 'x-profile-id': 'p1' })).body.data).toEqual({
        me: 'p1',
      });
    }
    expect((await post(gateway, { query: relaidOut })).body).toEqual(ONE);
    const logged = lines.filter((line) => line.includes('not registered'));
    expect(logged).toHaveLength(1);
    expect(JSON.parse(logged[0]!)).toMatchObject({ document: '{me}', client: 'unnamed' });
  });

  it('log keeps to itself what somebody has written into a document', async () => {
    const lines: string[] = [];
    const logger = createLogger({
      service: 'test',
      level: 'warn',
      destination: { write: (line) => void lines.push(line) },
    });
    const { gateway } = await serving({ policy: 'log' }, { logger });
    await post(gateway, { query: '{ title(id: "a secret") { id } titles(first: 3) { id } }' });
    await post(gateway, { query: '{ title(id: "a secret") # no end' });
    const logged = lines.filter((line) => line.includes('not registered'));
    expect(logged.map((line) => JSON.parse(line).document)).toEqual([
      '{title(id:""){id}titles(first:0){id}}',
      '',
    ]);
    expect(lines.join('')).not.toContain('a secret');
  });

  it('safelist runs registered documents, whatever their layout, and nothing else', async () => {
    const { gateway } = await serving({ policy: 'safelist' });
    expect((await post(gateway, { query: relaidOut })).body).toEqual(ONE);
    for (const query of ['{ me }', TITLES.replace('id', 'name'), '{', `${TITLES} query More { me }`]) {
      const refused = await post(gateway, { query });
      expect([refused.status, codes(refused)]).toEqual([403, ['DOCUMENT_NOT_TRUSTED']]);
    }
  });

  it('ids runs ids alone', async () => {
    const { gateway } = await serving({ policy: 'ids' });
    const refused = await post(gateway, { query: TITLES });
    expect([refused.status, codes(refused)]).toEqual([400, ['PERSISTED_QUERY_ID_REQUIRED']]);
  });

  it('are made stricter by the name of a client, never looser', async () => {
    const { gateway } = await serving({
      policy: 'safelist',
      clientPolicies: new Map([
        ['tv', 'ids'],
        ['lab', 'open'],
      ]),
    });
    const as = (name: string, query: string) =>
      post(gateway, { query }, { 'apollographql-client-name': name });
    expect(codes(await as('tv', TITLES))).toEqual(['PERSISTED_QUERY_ID_REQUIRED']);
    expect(codes(await as('lab', '{ me }'))).toEqual(['DOCUMENT_NOT_TRUSTED']);
    expect((await as('web', TITLES)).body).toEqual(ONE);
  });
});

describe('files', () => {
  it('that change are in force without a restart, and a broken one leaves the last good one', async () => {
    const { gateway, write, manifest } = await serving({ policy: 'ids' });
    write({ names: 'query Names { titles(first: 1) { name } }' });
    await waitUntil(async () => (await post(gateway, { id: 'names' })).body.data !== undefined);
    expect(codes(await post(gateway, { id: 'titles' }))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    expect(gateway.readiness()).toEqual({ ready: true });

    writeFileSync(manifest, '{"names": "query {');
    await waitUntil(() => gateway.readiness().detail?.includes('operations.json'));
    expect(gateway.readiness()).toMatchObject({ ready: true, detail: expect.stringContaining('not JSON') });
    expect((await post(gateway, { id: 'names' })).body.data).toEqual({ titles: [{ name: 'Title 0' }] });

    write({ titles: TITLES });
    await waitUntil(async () => (await post(gateway, { id: 'titles' })).body.data !== undefined);
    expect(gateway.readiness()).toEqual({ ready: true });
  });

  it('that are broken from the beginning are no reason to serve without them', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    mkdirSync(folder.file('documents'));
    writeFileSync(folder.file('documents/Bad.graphql'), 'query Bad { titles ');
    const gateway = gatewayOver(smallGraph(), {
      config: {
        ...DEVELOPMENT,
        documents: { ...DEVELOPMENT.documents, files: [folder.file('documents')] },
      },
      logger: silentLogger,
    });
    await expect(gateway.start()).rejects.toThrow(/Bad\.graphql/);
    await gateway.stop();
  });
});

describe('usage', () => {
  it('is counted by operation, client and outcome', async () => {
    const metrics = createMetrics('test');
    const { gateway } = await serving({}, { metrics });
    const web = { 'apollographql-client-name': 'web', 'apollographql-client-version': '1.2' };
    await post(gateway, { id: 'titles' }, web);
    await post(gateway, { id: 'titles' }, web);
    await post(gateway, { query: '{ me }' }, { 'apollographql-client-name': 'bad\u00e4name' });
    await post(gateway, { id: 'nothing' }, web);
    const { body } = await metrics.exposition();
    expect(body).toMatch(/marquee_documents_total\{operation="Titles",client="web",outcome="id".*\} 2/);
    expect(body).toMatch(/\{operation="unregistered",client="unnamed",outcome="unregistered".*\} 1/);
    expect(body).toMatch(/\{operation="unregistered",client="web",outcome="refused".*\} 1/);
  });
});
