import { copyFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { systemClock } from '@marquee/domain';
import { createLogger, deadlineAfter, silentLogger } from '@marquee/service-kit';
import { createMetrics, createServiceServer, type TlsPaths, tlsFiles } from '@marquee/service-kit/service';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { makeAuthority, pem } from '../../test/certificates.ts';
import { createHttpSubgraph } from './http-subgraph.ts';

const SECRET = 'a secret of the tests, 32 bytes long';
const now = () => Date.now();

function folder() {
  const made = temporaryFolder();
  onTestFinished(made.remove);
  return made;
}

function files(paths: TlsPaths, logger = silentLogger) {
  const made = tlsFiles({ paths, name: 'test', intervalMs: 5, now, logger });
  onTestFinished(() => made.stop());
  return made;
}

/** A subgraph as its process serves it. */
async function served(paths: TlsPaths, clientNames: readonly string[] = []) {
  const asksForCertificates = paths.ca !== undefined;
  const server = createServiceServer({
    host: '127.0.0.1',
    port: 0,
    logger: silentLogger,
    metrics: createMetrics('test'),
    readiness: () => ({ ready: true, components: {} }),
    routes: [],
    tls: { files: files(paths), asksForCertificates },
    subgraph: {
      subgraph: { name: 'content', execute: async () => ({ data: { ok: true } }) },
      gatewaySecrets: [SECRET],
      maxInFlight: 10,
      now,
      logger: silentLogger,
      metrics: createMetrics('test'),
      serving: () => true,
      ...(asksForCertificates ? { clientNames } : {}),
    },
  });
  await server.start();
  onTestFinished(() => server.stop());
  return server;
}

/** One operation as a gateway with these files sends it. @returns what came of it, in words. */
async function ask(url: string, paths: TlsPaths | undefined): Promise<string> {
  const subgraph = createHttpSubgraph({
    name: 'content',
    urls: [url],
    gatewaySecret: SECRET,
    clock: systemClock,
    logger: silentLogger,
    ...(paths === undefined ? {} : { tls: files(paths) }),
  });
  try {
    const context = { requestId: 'r-1', deadline: deadlineAfter(5_000) };
    return JSON.stringify((await subgraph.execute({ query: '{ ok }', variables: {}, context })).data);
  } catch (error) {
    return (error as Error).message;
  } finally {
    await subgraph.stop();
  }
}

describeOnServer('openssl', 'TLS between gateway and subgraphs', () => {
  it('lets gateways in whose certificate comes from the authority, and nobody else; whoever is refused is told why', async () => {
    const { path } = folder();
    const ours = makeAuthority(path, 'ours');
    const others = makeAuthority(path, 'others');
    const server = await served({ ...ours.sign('content'), ca: ours.ca });
    const { ca } = ours;
    expect(await ask(server.url(), { ca, ...ours.sign('gateway') })).toBe('{"ok":true}');
    expect(await ask(server.url(), { ca })).toMatch(/status 401.*without a client certificate/);
    expect(await ask(server.url(), { ca, ...others.sign('gateway') })).toMatch(
      /status 401.*certificate is not accepted \(\w+\)/,
    );
    // Clocks of gateways may be wrong: the subgraph is the one that must notice.
    const ended = ours.sign('ended', { days: -1 });
    const late = createHttpSubgraph({
      name: 'content',
      urls: [server.url()],
      gatewaySecret: SECRET,
      clock: systemClock,
      logger: silentLogger,
      tls: {
        current: { ca: pem(ca), cert: pem(ended.cert), key: pem(ended.key) },
        onChange: () => undefined,
        start: () => undefined,
        stop: () => undefined,
      },
    });
    onTestFinished(() => late.stop());
    const context = { requestId: 'r-1', deadline: deadlineAfter(5_000) };
    await expect(late.execute({ query: '{ ok }', variables: {}, context })).rejects.toThrow(
      /CERT_HAS_EXPIRED/,
    );
  });

  it('knows gateways by name where names are given', async () => {
    const ours = makeAuthority(folder().path, 'ours');
    const server = await served({ ...ours.sign('content'), ca: ours.ca }, ['gateway']);
    expect(await ask(server.url(), { ca: ours.ca, ...ours.sign('gateway') })).toBe('{"ok":true}');
    expect(await ask(server.url(), { ca: ours.ca, ...ours.sign('trainer') })).toMatch(
      /status 401.*is of trainer, who is no gateway/,
    );
  });

  it('without client certificates encrypts, and the signed header decides', async () => {
    const ours = makeAuthority(folder().path, 'ours');
    const server = await served(ours.sign('content'));
    expect(await ask(server.url(), { ca: ours.ca })).toBe('{"ok":true}');
  });

  it('goes to no subgraph that cannot prove itself', async () => {
    const { path } = folder();
    const ours = makeAuthority(path, 'ours');
    const server = await served(makeAuthority(path, 'others').sign('content'));
    expect(await ask(server.url(), { ca: ours.ca })).toMatch(/did not answer: .*(certificate|signature)/);
    expect(await ask(server.url(), undefined)).toMatch(/did not answer: .*certificate/);
  });

  it('leaves health to probes, which have no certificate', async () => {
    const ours = makeAuthority(folder().path, 'ours');
    const server = await served({ ...ours.sign('content'), ca: ours.ca });
    const status = await new Promise((resolve, reject) => {
      request(`${server.url()}/health`, { ca: pem(ours.ca) }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });

  it('takes up renewed certificates without a restart', async () => {
    const { path, file } = folder();
    const [first, second] = [makeAuthority(path, 'first'), makeAuthority(path, 'second')];
    const paths = { cert: file('tls.crt'), key: file('tls.key') };
    const put = ({ cert, key }: { cert: string; key: string }) => {
      copyFileSync(cert, paths.cert);
      copyFileSync(key, paths.key);
    };
    put(first.sign('content'));
    const server = await served(paths);
    expect(await ask(server.url(), { ca: first.ca })).toBe('{"ok":true}');
    put(second.sign('content'));
    await waitUntil(async () => (await ask(server.url(), { ca: second.ca })) === '{"ok":true}');
    expect(await ask(server.url(), { ca: first.ca })).toMatch(/did not answer/);
  });

  it('keeps the last good certificate when a new one is wrong, and names the file', async () => {
    const { path, file } = folder();
    const ours = makeAuthority(path, 'ours');
    const [good, other] = [ours.sign('good'), ours.sign('other')];
    const paths = { cert: file('tls.crt'), key: file('tls.key') };
    copyFileSync(good.cert, paths.cert);
    copyFileSync(good.key, paths.key);
    const lines: string[] = [];
    const logger = createLogger({
      service: 'test',
      level: 'error',
      destination: { write: (line) => void lines.push(line) },
    });
    const watched = files(paths, logger);
    watched.start();
    copyFileSync(other.key, paths.key);
    await waitUntil(() => lines.some((line) => line.includes('is not the key of')));
    expect(watched.current.key).toBe(pem(good.key));
    copyFileSync(other.cert, paths.cert);
    await waitUntil(() => watched.current.cert === pem(other.cert));
    rmSync(paths.cert);
    await waitUntil(() => lines.some((line) => line.includes('cannot be read')));
    expect(watched.current.cert).toBe(pem(other.cert));
  });

  it('refuses to start with files that are missing, out of date, of another kind or not of one pair', () => {
    const { path, file } = folder();
    const ours = makeAuthority(path, 'ours');
    const [good, other, ended] = [ours.sign('good'), ours.sign('other'), ours.sign('ended', { days: -1 })];
    for (const [paths, reason] of [
      [{ cert: file('none'), key: good.key }, /none cannot be read/],
      [ended, /ended\.pem ended on/],
      [{ cert: good.key, key: good.key }, /good\.key is no certificate/],
      [{ cert: good.cert, key: other.key }, /other\.key is not the key of/],
      [{ cert: good.cert, key: good.cert }, /good\.pem is no private key/],
    ] as const) {
      expect(() => files(paths)).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(reason) }),
      );
    }
  });
});
