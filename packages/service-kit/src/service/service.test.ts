import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { constants, getPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { temporaryFolder, waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { deadlineAfter } from '../deadline.ts';
import { GATEWAY_HEADER, type RequestContext, signGatewayRequest } from '../subgraph/index.ts';

const SCRIPT = fileURLToPath(new URL('./test/sample-service.ts', import.meta.url));
const SECRET = 'a secret that is long enough for anybody';

interface Line {
  readonly msg?: string;
  readonly url?: string;
}

async function service(environment: Record<string, string> = {}, { detached = false } = {}) {
  const child: ChildProcess = spawn(process.execPath, [SCRIPT], {
    detached,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      MARQUEE_GATEWAY_SECRET: SECRET,
      MARQUEE_DRAIN_GRACE_MS: '100',
      ...environment,
    },
  });
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const lines = (): Line[] =>
    stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Line);
  const listening = () =>
    waitUntil(() => lines().find(({ msg }) => msg === 'listening')?.url, {
      deadlineMs: 15_000,
      what: stderr,
    });
  const ready = () => waitUntil(() => lines().some(({ msg }) => msg === 'ready'), { deadlineMs: 15_000 });
  return { child, exited, listening, ready, output: () => stderr };
}

function ask(
  url: string,
  query: string,
  options: {
    viewer?: RequestContext['viewer'];
    header?: string;
    deadlineMs?: number;
    contentType?: string;
  } = {},
) {
  const body = JSON.stringify({ query });
  const context: RequestContext = {
    requestId: 'r-1',
    deadline: deadlineAfter(options.deadlineMs ?? 5_000),
    ...(options.viewer === undefined ? {} : { viewer: options.viewer }),
  };
  const header =
    options.header ??
    signGatewayRequest(context, body, { subgraph: 'content', secret: SECRET, now: Date.now() });
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': options.contentType ?? 'application/json', [GATEWAY_HEADER]: header },
    body,
  });
}

describe('a process of the distributed profile', () => {
  it('answers gateways, tells its state, and exports metrics that carry its name', async () => {
    const { listening, ready } = await service();
    const url = await listening();
    await ready();
    const answer = await ask(url, '{ viewer }', { viewer: { profileId: 'ada', scopes: [] } });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ data: { viewer: 'ada' } });
    expect(await (await fetch(`${url}/ready`)).json()).toMatchObject({
      ready: true,
      components: { process: { ready: true }, database: { ready: true } },
    });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/marquee_operations_total\{outcome="ok",service="sample"\} 1/);
    expect(metrics).toMatch(/marquee_dependency_ready\{component="database",service="sample"\} 1/);
  });

  it('refuses whoever is no gateway, whatever they send', async () => {
    const { listening, ready } = await service();
    const url = await listening();
    await ready();
    for (const header of ['', 'v1.e30.c2ln', 'x'.repeat(9_000)]) {
      const answer = await ask(url, '{ viewer }', { header });
      expect([401, 431]).toContain(answer.status);
    }
    const forged = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'x-profile-id': 'ada' },
      body: '{',
    });
    expect(forged.status).toBe(401);
    expect(await forged.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('gives up an operation when the gateway would not wait any longer', async () => {
    const { listening, ready } = await service();
    const url = await listening();
    await ready();
    const answer = await ask(url, '{ slow(milliseconds: 5000) }', { deadlineMs: 60 });
    expect(await answer.json()).toMatchObject({
      data: null,
      errors: [{ extensions: { code: 'DEADLINE_EXCEEDED' } }],
    });
  });

  it('refuses what is above its bound, and says when to come back', async () => {
    const { listening, ready } = await service({ MARQUEE_MAX_IN_FLIGHT: '2' });
    const url = await listening();
    await ready();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => ask(url, '{ slow(milliseconds: 300) }')),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 503, 503, 503]);
    const refused = answers.find(({ status }) => status === 503)!;
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'OVERLOADED' } }] });
  });

  it('listens while it waits for its servers, and says for which', async () => {
    const { listening, child, exited } = await service({ SAMPLE_START_MS: '60000' });
    const url = await listening();
    const state = await fetch(`${url}/ready`);
    expect(state.status).toBe(503);
    expect(await state.json()).toMatchObject({
      ready: false,
      components: { process: { detail: 'starting' }, database: { detail: 'waiting for the database' } },
    });
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect((await ask(url, '{ viewer }')).status).toBe(503);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });

  it('finishes what is in flight when it is told to stop, and leaves with 0', async () => {
    const { listening, ready, child, exited } = await service();
    const url = await listening();
    await ready();
    const inFlight = ask(url, '{ slow(milliseconds: 600) }');
    await waitUntil(async () => /requests_in_flight\S* 2/.test(await (await fetch(`${url}/metrics`)).text()));
    child.kill('SIGTERM');
    expect(await (await inFlight).json()).toEqual({ data: { slow: true } });
    expect(await exited).toBe(0);
  });

  it('has kept its compiled code for the next one by the time that it is ready, however it ends then', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const { ready, child, exited } = await service({ NODE_COMPILE_CACHE: folder.path });
    await ready();
    child.kill('SIGKILL');
    await exited;
    expect(readdirSync(folder.path, { recursive: true }).length).toBeGreaterThan(50);
  });

  it.skipIf(!existsSync('/proc/self/autogroup'))(
    'goes after others where nobody waits for its work, with its session where it leads one',
    async () => {
      const { ready, child } = await service({ SAMPLE_IS_BACKGROUND: '1' }, { detached: true });
      await ready();
      expect(getPriority(child.pid!)).toBe(constants.priority.PRIORITY_BELOW_NORMAL);
      expect(readFileSync(`/proc/${child.pid}/autogroup`, 'utf8')).toMatch(/ nice 10$/m);
    },
  );

  it('leaves with 1 and one clear line when a part cannot start', async () => {
    const { exited, output } = await service({ SAMPLE_FAILS: 'the disk is full' });
    expect(await exited).toBe(1);
    expect(output()).toContain('the disk is full');
  });

  it('names everything that is wrong with its configuration, without repeating secrets', async () => {
    const { exited, output } = await service({ MARQUEE_GATEWAY_SECRET: 'hush', PORT: '99999' });
    expect(await exited).toBe(1);
    expect(output()).toMatch(
      /CONFIG_INVALID.*PORT.*MARQUEE_GATEWAY_SECRET|CONFIG_INVALID.*MARQUEE_GATEWAY_SECRET.*PORT/,
    );
    expect(output()).not.toContain('hush');
  });
});
