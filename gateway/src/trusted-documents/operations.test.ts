import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manualClock } from '@marquee/domain';
import { temporaryFolder, waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { composeSupergraph } from '../../../schema/composition.ts';
import { readUsage } from '../../../schema/usage.ts';
import { answerOf, DEVELOPMENT, gatewayOver, NOW, smallGraph } from '../../test/small-graph/small-graph.ts';
import { type OperationsInvocation, runOperations } from './operations-commands.ts';

const graph = smallGraph();
const TITLES = 'query Titles { titles(first: 1) { id } }';

function registry() {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const path = folder.file('operations');
  const run = (
    command: string,
    args: readonly string[] = [],
    flags: OperationsInvocation['flags'] = {},
    manifest: unknown = { 'titles-1': TITLES },
    supergraph = graph.supergraphSdl,
  ) =>
    runOperations({
      command,
      args,
      flags,
      registry: path,
      readFile: async () => JSON.stringify(manifest),
      readSupergraph: async () => supergraph,
      readContracts: async () => [
        { name: 'acme', include: [], exclude: ['internal'], hideUnreachable: true },
        { name: 'nobody', include: ['none'], exclude: [], hideUnreachable: true },
      ],
      contractOf: async (client) => (client === 'acme-app' ? 'acme' : undefined),
      clock: manualClock(NOW),
    });
  return { path, run };
}
const WEB = { client: 'web', version: '1.0' };

describe('publishing', () => {
  it('registers operations with client and version, and the same again changes nothing but those', async () => {
    const { run } = registry();
    expect(await run('publish', ['m.json'], WEB)).toEqual([expect.stringMatching(/1 new, revision 1$/)]);
    expect(await run('publish', ['m.json'], { ...WEB, version: '1.1' })).toEqual([
      expect.stringMatching(/0 new, revision 2$/),
    ]);
    expect((await run('list')).join()).toMatch(/titles-1 {2}Titles {2}web 1\.0, web 1\.1 {2}0 runs/);
    expect(await run('list', [], { client: 'tv' })).toEqual(['no operations']);
    expect((await run('show', ['Titles'])).join('\n')).toContain(TITLES);
  });

  it('refuses what does not fit the schema, naming operation and line, and writes nothing', async () => {
    const { path, run } = registry();
    await expect(
      run('publish', ['m.json'], WEB, { a: 'query A {\n  nobody\n}', b: 'query B { titles { id } }' }),
    ).rejects.toThrow(/A, line 2: Cannot query field "nobody"/);
    expect(readdirSync(join(path, '..'))).toEqual([]);
  });

  it('takes operations of a supergraph that restricts who may read what, and refuses one that is none', async () => {
    const { run } = registry();
    const { supergraphSdl } = composeSupergraph([
      {
        name: 'content',
        sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated"])
              type Query { titles(first: Int): [Title!]! @authenticated } type Title { id: ID! }`,
      },
    ]);
    expect(await run('publish', ['m.json'], WEB, undefined, supergraphSdl)).toEqual([
      expect.stringMatching(/1 new, revision 1$/),
    ]);
    await expect(run('publish', ['m.json'], WEB, undefined, 'type Query {')).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('the supergraph cannot be read'),
    });
    await expect(run('publish', ['m.json'], WEB, {})).rejects.toThrow(/the manifest holds no operation/);
  });

  it('holds what a partner publishes against the variant of the graph that it sees', async () => {
    const { run } = registry();
    const { supergraphSdl } = composeSupergraph([
      {
        name: 'content',
        sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@tag"])
              type Query { titles(first: Int): [Title!]! } type Title { id: ID! price: Int @tag(name: "internal") }`,
      },
    ]);
    const acme = { client: 'acme-app', version: '1' };
    const prices = { 'prices-1': 'query Prices { titles { price } }' };
    const publishing = (flags: OperationsInvocation['flags'], manifest: unknown) =>
      run('publish', ['m.json'], flags, manifest, supergraphSdl);
    await expect(publishing(acme, prices)).rejects.toThrow(
      /the contract acme has no room for:\n {2}Prices, line 1: Cannot query field "price"/,
    );
    expect(await publishing(acme, undefined)).toEqual([
      expect.stringMatching(/for acme-app 1, valid over the contract acme: 1 new, revision 1$/),
    ]);
    expect(await publishing(WEB, prices)).toEqual([expect.stringMatching(/for web 1\.0: 1 new/)]);
    await expect(publishing({ ...WEB, contract: 'acme' }, prices)).rejects.toThrow(
      /the contract acme has no room/,
    );
    await expect(publishing({ ...WEB, contract: 'other' }, prices)).rejects.toThrow(
      /there is no contract other, only acme, nobody/,
    );
    await expect(publishing({ ...WEB, contract: 'nobody' }, prices)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  it('ends one operation: what several are called says nothing about which', async () => {
    const { run } = registry();
    const manifest = { 'titles-1': TITLES, 'titles-2': 'query Titles { titles(first: 2) { id } }' };
    await run('publish', ['m.json'], WEB, manifest);
    for (const wanted of ['Titles', 'titles-']) {
      await expect(run('retire', [wanted])).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringMatching(/2 operations[\s\S]*titles-1 {2}Titles {2}web/),
      });
    }
    expect(await run('retire', ['titles-2'])).toEqual(['retired Titles titles-2: revision 2']);
    expect((await run('list')).join()).not.toMatch(/titles-1.*retired.*titles-2/);
  });

  it('never lets an id change its meaning, nor come back after its end', async () => {
    const { run } = registry();
    await run('publish', ['m.json'], WEB);
    await expect(run('publish', ['m.json'], WEB, { 'titles-1': '{ me }' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await run('retire', ['titles-1'], { reason: 'replaced' });
    await expect(run('publish', ['m.json'], WEB)).rejects.toThrow(/titles-1 \(Titles\) was retired/);
  });

  it.each([
    ['publish', ['m.json'], { client: 'web' }, /--client and --version/],
    ['publish', [], WEB, /needs a manifest/],
    ['deprecate', ['nothing'], {}, /no operation is called nothing/],
    ['deprecate', ['Titles'], { sunset: 'soon' }, /--sunset must be a date/],
    ['deprecate', ['Titles'], { sunset: '2001-01-01' }, /must not be earlier/],
    ['deprecate', ['Titles'], { link: 'x> rel' }, /--link must be an address/],
    ['retire', ['Titles'], { sunset: '2099-01-01' }, /retire does not hear --sunset/],
    ['erase', [], {}, /no command erase/],
    ['rollback', ['7'], {}, /no revision 7/],
    ['rollback', ['first'], {}, /"first" is not the number of a revision/],
  ] as const)('says what is wrong with %s %j %j', async (command, args, flags, message) => {
    const { run } = registry();
    await run('publish', ['m.json'], WEB);
    await expect(run(command, args, flags)).rejects.toThrow(message);
  });

  it('can be told to schema checks: also what has not run yet, by its text', async () => {
    const { run } = registry();
    await run('publish', ['m.json'], WEB);
    expect(readUsage((await run('usage')).join('\n'), 'usage.json')).toEqual([
      { operation: 'Titles', document: TITLES, client: 'web', version: '1.0' },
    ]);
  });

  it('can be taken back', async () => {
    const { run } = registry();
    await run('publish', ['m.json'], WEB);
    await run('retire', ['titles-1']);
    expect(await run('rollback', ['1'])).toEqual([expect.stringMatching(/revision 3/)]);
    expect((await run('list')).join()).not.toContain('retired');
    expect(await run('history')).toEqual([
      expect.stringMatching(/^1 {2}1 operation; published 1 for web 1\.0 on \d{4}-\d\d-\d\d, 1 new$/),
      expect.stringMatching(/^2 {2}1 operation; retired Titles on \d{4}-\d\d-\d\d$/),
      '3  1 operation; not retired any more Titles',
    ]);
  });

  it('tells its history past what is damaged', async () => {
    const { path, run } = registry();
    await run('publish', ['m.json'], WEB);
    await run('retire', ['titles-1']);
    await run('rollback', ['1']);
    appendFileSync(join(path, '00000002.json'), ' damaged');
    expect(await run('history')).toEqual([
      expect.stringContaining('published 1 for web 1.0'),
      '2  is damaged and cannot be gone back to',
      '3  1 operation',
    ]);
  });
});

describe('a gateway that follows the registry', () => {
  it('runs what is published, announces ends, and ends', async () => {
    const { path, run } = registry();
    await run('publish', ['m.json'], WEB);
    const gateway = gatewayOver(graph, {
      config: { ...DEVELOPMENT, documents: { ...DEVELOPMENT.documents, policy: 'ids', registry: path } },
    });
    await gateway.start();
    onTestFinished(() => gateway.stop());
    const ask = async () =>
      answerOf(
        await fetch(`${gateway.url()}/graphql/titles-1`, {
          headers: { 'apollo-require-preflight': '1', 'apollographql-client-name': 'web' },
        }),
      );
    const first = await ask();
    expect(first.body).toEqual({ data: { titles: [{ id: 't0' }] } });
    expect(first.headers.get('deprecation')).toBeNull();

    await run('deprecate', ['Titles'], {
      sunset: '2026-12-31',
      reason: 'use Titles2',
      link: 'https://developers.example.com/titles',
    });
    const deprecated = await waitUntil(async () => {
      const answer = await ask();
      return answer.headers.has('deprecation') ? answer : undefined;
    });
    expect(deprecated.body).toEqual(first.body);
    // RFC 9745 and RFC 8594.
    expect(deprecated.headers.get('deprecation')).toBe(`@${NOW / 1000}`);
    expect(deprecated.headers.get('sunset')).toBe('Thu, 31 Dec 2026 00:00:00 GMT');
    expect(deprecated.headers.get('link')).toBe('<https://developers.example.com/titles>; rel="deprecation"');

    await run('retire', ['Titles'], { reason: 'use Titles2' });
    const retired = await waitUntil(async () => {
      const answer = await ask();
      return answer.status === 200 ? undefined : answer;
    });
    expect(retired.status).toBe(410);
    expect(retired.body.errors).toMatchObject([
      {
        message: 'The document titles-1 was retired: use Titles2.',
        extensions: { code: 'PERSISTED_QUERY_RETIRED', retryable: false },
      },
    ]);

    await gateway.stop();
    expect(await run('usage')).toEqual(['[]']);
    const listed = JSON.parse((await run('list', [], { json: true })).join('\n'));
    expect(listed.operations[0].runs).toMatchObject([{ client: 'web', version: 'unnamed' }]);
    expect(listed.operations[0].runs[0].count).toBeGreaterThan(1);
  });

  it('keeps serving when the newest revision is damaged', async () => {
    const { path, run } = registry();
    await run('publish', ['m.json'], WEB);
    const gateway = gatewayOver(graph, {
      config: { ...DEVELOPMENT, documents: { ...DEVELOPMENT.documents, policy: 'ids', registry: path } },
    });
    await gateway.start();
    onTestFinished(() => gateway.stop());
    writeFileSync(
      join(path, '00000002.json'),
      readFileSync(join(path, '00000001.json'), 'utf8').replace('titles-1', 'titles-2'),
    );
    await waitUntil(() => gateway.readiness().detail?.includes('00000002.json'));
    const ready = await fetch(`${gateway.url()}/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.text()).toMatch(/trusted-documents.*checksum/);
    const answer = await fetch(`${gateway.url()}/graphql/titles-1`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(await answer.json()).toEqual({ data: { titles: [{ id: 't0' }] } });
  });
});
