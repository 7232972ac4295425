/** What preview variants may and may not do on a gateway of any supergraph. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@marquee/service-kit';
import { temporaryFolder, waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { composeSupergraph } from '../../../schema/composition.ts';
import { folderVariantPublications } from '../../../schema/publications/folder-variants.ts';
import { variantFolder, withAddresses } from '../federation/published.ts';
import { parseGatewayFile } from './gateway-file.ts';
import { createSupergraphGateway } from './serve-supergraph.ts';

const COMPOSED = composeSupergraph([
  {
    name: 'stock',
    sdl: `extend schema
      @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@composeDirective"])
      @link(url: "https://marquee.example/cacheControl/v1.0", import: ["@cacheControl"])
      @composeDirective(name: "@cacheControl")
    directive @cacheControl(maxAge: Int) on FIELD_DEFINITION
    type Query { stock: String @cacheControl(maxAge: 300) }`,
  },
]).supergraphSdl;

/** Tells where it is, and who came. */
const server = createServer((request, response) => {
  request.resume();
  const host = request.headers.host?.split(':')[0];
  asked.push(`${host} ${request.headers.authorization ?? 'nobody'}`);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ data: { stock: host } }));
});
let asked: string[] = [];
let port = 0;

beforeAll(async () => {
  server.listen(0);
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const at = (host: string) => `http://${host}:${port}/graphql`;
const textAt = (host: string) => withAddresses(COMPOSED, { stock: at(host) });

async function serve(supergraphSdl: string, settings: string) {
  asked = [];
  const folder = temporaryFolder();
  const file = folder.file('supergraph.graphql');
  const gateway = createSupergraphGateway(
    {
      supergraphSdl,
      file: parseGatewayFile(
        `listen: { port: 0 }\ndefaults: { propagateHeaders: [authorization] }\n${settings}`,
        'test.yaml',
      ),
      development: true,
      explorer: false,
      variantFolder: variantFolder(file),
    },
    silentLogger,
  );
  await gateway.start();
  onTestFinished(async () => {
    await gateway.stop();
    await folder.remove();
  });
  const publications = folderVariantPublications(file, () => new Date());
  const components = async () =>
    ((await (await fetch(`${gateway.url()}/ready`)).json()) as { components: Record<string, Ready> })
      .components;
  return {
    publish: (sdl: string, urls: Record<string, string> = {}) =>
      publications.publish({ name: 'next', sdl, urls, days: 1, publishedBy: 'ada', note: '' }),
    retire: () => publications.retire('next'),
    components,
    previews: async () => (await components())['preview variants']?.detail ?? '',
    async stock(variant?: string): Promise<unknown> {
      const response = await fetch(`${gateway.url()}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: 'Bearer ada',
          ...(variant !== undefined && { 'marquee-variant': variant }),
        },
        body: JSON.stringify({ query: '{ stock }' }),
      });
      return ((await response.json()) as { data?: { stock: unknown } }).data?.stock;
    },
  };
}

interface Ready {
  readonly ready: boolean;
  readonly detail?: string;
}

describe('preview variants of any supergraph', () => {
  it('have subgraphs where the graph itself has none only at hosts that are allowed, also by their text', async () => {
    const { publish, retire, stock, previews, components } = await serve(
      textAt('127.0.0.1'),
      'variants: { access: open, hosts: [localhost] }',
    );
    await publish(textAt('subgraphs.example'));
    await waitUntil(async () => /next is refused: subgraph stock may not be at/.test(await previews()));
    expect(await stock('next')).toBeUndefined();
    expect(asked).toEqual([]);
    for (const host of ['localhost', '127.0.0.1']) {
      await publish(textAt(host));
      await waitUntil(async () => (await stock('next')) === host);
      expect(await stock()).toBe('127.0.0.1');
    }
    // What the graph itself knows of its subgraphs stays.
    await retire();
    await waitUntil(async () => (await stock('next')) === undefined);
    expect((await components())['subgraph stock']).toMatchObject({ ready: true });
  });

  it('keep their answers apart from those of the graph, also where the texts are the same', async () => {
    const text = textAt('localhost');
    const { publish, stock } = await serve(
      text,
      `variants: { access: open, hosts: [localhost] }
responseCache: { mode: on }
subgraphs: { stock: { url: '${at('127.0.0.1')}' } }`,
    );
    await publish(text);
    // As for the graph itself, the file says where, whatever the text says.
    await waitUntil(async () => (await stock('next')) === '127.0.0.1');
    await publish(text, { stock: at('localhost') });
    await waitUntil(async () => (await stock('next')) === 'localhost');
    expect(await stock()).toBe('127.0.0.1');
    expect(await stock('next')).toBe('localhost');
    // They are kept all the same.
    expect(asked).toEqual(['127.0.0.1 Bearer ada', 'localhost Bearer ada', '127.0.0.1 Bearer ada']);
  });
});
