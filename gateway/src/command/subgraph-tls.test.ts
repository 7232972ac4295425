/** Subgraphs of the general gateway that are asked over TLS, with certificates of their own authorities. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@marquee/service-kit';
import { createMetrics } from '@marquee/service-kit/service';
import { describeOnServer, temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeAuthority, pem } from '../../test/certificates.ts';
import { subgraphFetch } from '../../test/subgraph-fetch.ts';
import { parseGatewayFile, withPaths } from './gateway-file.ts';
import { SubgraphConnections } from './subgraph-connections.ts';

const connectionsOf = (settings: string, folder: string) =>
  new SubgraphConnections({
    file: withPaths(parseGatewayFile(settings, 'test.yaml'), folder),
    logger: silentLogger,
    metrics: createMetrics('test'),
  });

async function ask(settings: string, folder: string, url: string): Promise<unknown> {
  const source = connectionsOf(settings, folder).connect('shop', url);
  onTestFinished(() => source.stop?.());
  const { data } = await source.fetch(subgraphFetch());
  return data;
}

describeOnServer('openssl', 'a subgraph behind TLS', () => {
  it('is asked where its certificate is of the authority in the file, and sees the certificate of the gateway', async () => {
    const { path: folder, remove } = temporaryFolder();
    onTestFinished(remove);
    const authority = makeAuthority(folder, 'ours');
    const own = authority.sign('shop');
    const seen: string[] = [];
    const server = createServer(
      {
        key: pem(own.key),
        cert: pem(own.cert),
        ca: pem(authority.ca),
        requestCert: true,
        rejectUnauthorized: true,
      },
      (request, response) => {
        request.resume();
        const { subject } = (request.socket as import('node:tls').TLSSocket).getPeerCertificate();
        seen.push(String(subject.CN));
        response.setHeader('content-type', 'application/json').end('{"data":{"a":1}}');
      },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    authority.sign('gateway');
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
    const tls = '{ ca: ours-ca.pem, cert: ours-gateway.pem, key: ours-gateway.key }';
    expect(await ask(`subgraphs: { shop: { tls: ${tls} } }`, folder, url)).toEqual({ a: 1 });
    expect(await ask(`defaults: { tls: ${tls} }`, folder, url)).toEqual({ a: 1 });
    expect(seen).toEqual(['gateway', 'gateway']);
    // No certificate, and an authority that nobody knows.
    expect(await ask('defaults: { tls: { ca: ours-ca.pem }, attempts: 1 }', folder, url)).toBeFalsy();
    expect(await ask('defaults: { attempts: 1 }', folder, url)).toBeFalsy();
    expect(seen).toHaveLength(2);
  });
});

describe('settings of TLS to subgraphs', () => {
  it.each([
    ['files that are not there', 'defaults: { tls: { ca: nowhere.pem } }', 'https://shop/', /nowhere\.pem/],
    [
      'an address without TLS',
      'defaults: { tls: { ca: ca.pem } }',
      'http://shop/',
      /must begin with https:\/\//,
    ],
  ])('%s are refused by name', (_what, settings, url, message) => {
    expect(() => connectionsOf(settings, '/nowhere').connect('shop', url)).toThrow(message);
  });

  it('a certificate needs its key', () => {
    expect(() => parseGatewayFile('defaults: { tls: { cert: a.pem } }', 'x')).toThrow(
      /defaults\.tls\.cert: needs key/,
    );
  });
});
