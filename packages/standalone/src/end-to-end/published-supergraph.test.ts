/** Changing the graph of a running installation: the command people type, and every gateway that is asked afterwards. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LocalPlatform, startLocalPlatform } from '../distributed/local-platform.ts';
import { sampleSource } from '../world/sample-source.ts';
import { createClient } from './client.ts';

const SCHEMA = fileURLToPath(new URL('../../../../schema/', import.meta.url));
const QUERY_TYPE = /^type Query\n(?: {2}@join__type.*\n)+\{\n/m;
/** A second where nobody else uses the machine. */
const FOLLOW_MS = 10_000;

describeOnServer(['redis-server', 'nats-server', 'postgres'], 'a supergraph that is published', () => {
  const folder = temporaryFolder();
  const stopping = new AbortController();
  const printed: string[] = [];
  let platform: LocalPlatform;
  let shipped: string;

  beforeAll(async () => {
    shipped = await readFile(join(SCHEMA, 'supergraph.graphql'), 'utf8');
    const one = { content: 1, 'user-profile': 1, experiment: 1, recommendation: 1 };
    platform = await startLocalPlatform({
      folder: join(folder.path, 'distributed'),
      source: sampleSource({ profiles: 12 }),
      copies: {
        ...one,
        gateway: 2,
        'feature-materializer': 1,
        'profile-projector': 1,
        'catalogue-indexer': 0,
        'lake-writer': 0,
      },
      partitions: 2,
      mode: 'development',
      gatewayPort: 0,
      logLevel: 'warn',
      environment: {},
      progress: { phase: () => undefined, update: () => undefined, end: () => undefined },
      onLine: (name, line) => void printed.push(`${name} ${line}`),
      onRestart: (name, how) => void printed.push(`${name} ended (${how})`),
      signal: stopping.signal,
    });
  }, 180_000);
  afterAll(async () => {
    stopping.abort();
    await platform?.stop();
    await folder.remove();
  }, 60_000);

  /** A graph with one more field, as a release of the content subgraph would bring it. */
  const withField = (field: string): string =>
    shipped.replace(QUERY_TYPE, (head) => `${head}  ${field}: String @join__field(graph: CONTENT)\n`);

  async function schema(...argv: string[]): Promise<{ code: number; output: string }> {
    const args = [join(SCHEMA, 'schema.ts'), ...argv, '--nats', platform.servers.addresses.NATS_URL];
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
      return { code: 0, output: stdout + stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, output: stdout + stderr };
    }
  }

  async function publish(sdl: string): Promise<{ code: number; output: string }> {
    const file = folder.file('supergraph.graphql');
    await writeFile(file, sdl);
    return schema('publish', '--note', 'a test', file);
  }

  const gateways = () => platform.specs.filter(({ part }) => part === 'gateway');
  const urlOf = (port: number): string => `http://127.0.0.1:${port}`;

  async function fieldsOf(port: number): Promise<readonly string[]> {
    const answer = await fetch(`${urlOf(port)}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-profile-id': 'persona-new' },
      body: JSON.stringify({ query: '{ __type(name: "Query") { fields { name } } }' }),
      signal: AbortSignal.timeout(5_000),
    });
    const { data } = (await answer.json()) as { data: { __type: { fields: { name: string }[] } } };
    return data.__type.fields.map(({ name }) => name);
  }

  async function detailOf(port: number): Promise<string> {
    const answer = await fetch(`${urlOf(port)}/ready`, { signal: AbortSignal.timeout(5_000) });
    const { components } = (await answer.json()) as { components: Record<string, { detail?: string }> };
    return components.supergraph?.detail ?? '';
  }

  /** Every gateway, and none of them but by the broadcast. */
  const everywhere = (what: string, holds: (port: number) => Promise<boolean>) =>
    waitUntil(async () => (await Promise.all(gateways().map(({ port }) => holds(port)))).every(Boolean), {
      deadlineMs: FOLLOW_MS,
      what: `${what}\n${printed.slice(-20).join('\n')}`,
    });

  it('is the shipped one from the first start, once, whichever gateway was first', async () => {
    await everywhere('version 1 serves', async (port) => (await detailOf(port)).includes('version 1 ('));
    const { output } = await schema('history');
    expect(output).toContain('shipped with the release');
    expect(output.match(/shipped with the release/g)).toHaveLength(1);
  }, 30_000);

  it('reaches every gateway when it is published, and leaves every one when it is taken back', async () => {
    expect(await publish(withField('tagline'))).toMatchObject({ code: 0 });
    await everywhere('the new field', async (port) => (await fieldsOf(port)).includes('tagline'));
    const [viewer] = platform.world.personas;
    const page = await createClient(urlOf(gateways()[1]!.port), viewer!.id).home();
    expect(page.rows.nodes.length).toBeGreaterThan(0);

    expect(await schema('rollback', '--note', 'too early')).toMatchObject({ code: 0 });
    await everywhere('no such field', async (port) => !(await fieldsOf(port)).includes('tagline'));
    await everywhere('version 3 serves', async (port) => (await detailOf(port)).includes('version 3 ('));
  }, 60_000);

  it('is refused by the command when it cannot be read, and by every gateway, with the reason, when it cannot be served', async () => {
    expect(await publish(shipped.slice(0, 5_000))).toMatchObject({ code: 1 });

    const elsewhere = withField('tagline').replace(
      '@join__graph(name: "experiment"',
      '@join__graph(name: "laboratory"',
    );
    expect(await publish(elsewhere)).toMatchObject({ code: 0 });
    await everywhere('it is refused', async (port) =>
      /version 4 .* is refused: .*laboratory/.test(await detailOf(port)),
    );
    for (const { port } of gateways()) expect(await fieldsOf(port)).not.toContain('tagline');

    expect(await publish(withField('tagline'))).toMatchObject({ code: 0 });
    await everywhere('the repaired one', async (port) => (await fieldsOf(port)).includes('tagline'));
    await everywhere('no remark', async (port) => !(await detailOf(port)).includes('refused'));
  }, 60_000);

  it('serves from the disk of a gateway that starts while NATS is away, and is followed again when it is back', async () => {
    const nats = platform.servers.local.get('nats')!;
    const gateway = gateways()[0]!;
    await nats.kill();
    try {
      const before = platform.supervisor.pidOf(gateway.name)!;
      process.kill(before, 'SIGKILL');
      await waitUntil(
        async () => (await fieldsOf(gateway.port).catch((): readonly string[] => [])).includes('tagline'),
        {
          deadlineMs: 60_000,
          what: `the last good one\n${printed.slice(-20).join('\n')}`,
        },
      );
      expect(platform.supervisor.pidOf(gateway.name)).not.toBe(before);
      expect(await detailOf(gateway.port)).toContain('the last good one');
    } finally {
      await nats.start();
    }
    expect(await publish(withField('motto'))).toMatchObject({ code: 0 });
    await waitUntil(async () => (await fieldsOf(gateway.port)).includes('motto'), { deadlineMs: 60_000 });
  }, 180_000);
});
