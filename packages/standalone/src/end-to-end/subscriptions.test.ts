/**
 * `homeChanged` where gateways and recommendation processes come and go: two of each on real servers, killed, stopped
 * and frozen while viewers watch their pages.
 */
import { join } from 'node:path';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type LocalPlatform, startLocalPlatform } from '../distributed/local-platform.ts';
import { sampleSource } from '../world/sample-source.ts';
import { allTitles, createClient, type HomePage } from './client.ts';

const VIEWERS = [
  'persona-western',
  'persona-classic-drama',
  'persona-nineties-action',
  'persona-family-night',
];
const PATIENCE = { deadlineMs: 30_000 };

describeOnServer(['redis-server', 'nats-server', 'postgres'], 'viewers who watch their page', () => {
  const folder = temporaryFolder();
  const stopping = new AbortController();
  const printed: string[] = [];
  let platform: LocalPlatform;

  beforeAll(async () => {
    platform = await startLocalPlatform({
      folder: join(folder.path, 'distributed'),
      source: sampleSource({ profiles: 40 }),
      copies: {
        gateway: 2,
        recommendation: 2,
        content: 1,
        'user-profile': 1,
        experiment: 1,
        'feature-materializer': 1,
        'profile-projector': 1,
        'catalogue-indexer': 0,
        'lake-writer': 0,
      },
      partitions: 4,
      mode: 'development',
      gatewayPort: 0,
      logLevel: 'warn',
      environment: {},
      progress: { phase: () => undefined, update: () => undefined, end: () => undefined },
      onLine: (name, line) => void printed.push(`${name} ${line}`),
      onRestart: (name, how) => void printed.push(`${name} ended (${how})`),
      signal: stopping.signal,
    });
  }, 240_000);
  afterAll(async () => {
    stopping.abort();
    await platform?.stop();
    await folder.remove();
  }, 60_000);

  const addressOf = (name: string): string => {
    const spec = platform.specs.find((candidate) => candidate.name === name);
    if (spec === undefined) throw new Error(`there is no ${name}`);
    return `http://127.0.0.1:${spec.port}`;
  };

  /** Streams that recommendation processes have open now, by process. */
  async function openAt(name: string): Promise<number> {
    try {
      const text = await (await fetch(`${addressOf(name)}/metrics`)).text();
      return Number(/^marquee_streams_open\{operation="homeChanged"[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0);
    } catch {
      return 0;
    }
  }

  const isReady = (name: string): Promise<boolean> =>
    fetch(`${addressOf(name)}/ready`).then(
      ({ ok }) => ok,
      () => false,
    );

  async function watch(viewer: string, gateway: string) {
    const client = createClient(addressOf(gateway), viewer);
    const leave = new AbortController();
    const pages: HomePage[] = [];
    const errors: unknown[] = [];
    const events = client.subscribe<{ homeChanged: HomePage | null }>('HomeChanged', {}, leave.signal);
    const over = (async () => {
      for await (const { data, errors: told } of events) {
        if (data?.homeChanged) pages.push(data.homeChanged);
        else errors.push(told);
      }
    })().catch((error: unknown) => void errors.push(error));
    onTestFinished(async () => {
      leave.abort();
      await over;
    });
    return { viewer, client, pages, errors };
  }
  type Watching = Awaited<ReturnType<typeof watch>>;

  async function watchEverywhere(): Promise<readonly Watching[]> {
    for (const { name } of platform.specs) await waitUntil(() => isReady(name), PATIENCE);
    const all = await Promise.all(
      VIEWERS.map((viewer, index) => watch(viewer, index % 2 === 0 ? 'gateway-1' : 'gateway-2')),
    );
    await waitUntil(async () => (await totalOpen()) === all.length, PATIENCE);
    return all;
  }

  async function busiest(): Promise<string> {
    const [first, second] = [await openAt('recommendation-1'), await openAt('recommendation-2')];
    expect(first + second).toBeGreaterThan(0);
    return first > second ? 'recommendation-1' : 'recommendation-2';
  }

  async function totalOpen(): Promise<number> {
    return (await openAt('recommendation-1')) + (await openAt('recommendation-2'));
  }

  /** Through the gateway that the viewer does not watch by. @returns the title that is gone. */
  async function hideOne({ viewer }: Watching, gateway: string): Promise<string> {
    const client = createClient(addressOf(gateway), viewer);
    const titleId = (await client.home()).rows.nodes[0]!.items.nodes[1]!.title.id;
    expect(await client.hide(titleId)).toEqual([]);
    return titleId;
  }

  async function expectTold(watching: Watching, hidden: string): Promise<void> {
    await waitUntil(() => watching.pages.some((page) => !allTitles(page).includes(hidden)), {
      ...PATIENCE,
      what: `${watching.viewer}: ${watching.pages.length} pages, ${JSON.stringify(watching.errors)} ${printed.slice(-20).join('\n')}`,
    });
    expect(watching.errors).toEqual([]);
  }

  it('hear of it whichever processes take their feedback in and hold their connections', async () => {
    const all = await watchEverywhere();
    expect(await openAt('recommendation-1')).toBeGreaterThan(0);
    expect(await openAt('recommendation-2')).toBeGreaterThan(0);
    for (const [index, watching] of all.entries()) {
      await expectTold(watching, await hideOne(watching, index % 2 === 0 ? 'gateway-2' : 'gateway-1'));
    }
  }, 90_000);

  it('hear of what happens while the process that told them is killed, on the same stream', async () => {
    const all = await watchEverywhere();
    const victim = await busiest();
    process.kill(platform.supervisor.pidOf(victim)!, 'SIGKILL');
    const hidden = await Promise.all(all.map((watching) => hideOne(watching, 'gateway-1')));
    for (const [index, watching] of all.entries()) await expectTold(watching, hidden[index]!);
    const resumed = await Promise.all(
      ['gateway-1', 'gateway-2'].map(async (gateway) => {
        const text = await (await fetch(`${addressOf(gateway)}/metrics`)).text();
        return Number(/resumptions_total\{[^}]*outcome="resumed"[^}]*\} (\d+)/.exec(text)?.[1] ?? 0);
      }),
    );
    expect(resumed[0]! + resumed[1]!).toBeGreaterThan(0);
  }, 120_000);

  it('hear of what happens while the process that told them is replaced', async () => {
    const all = await watchEverywhere();
    const victim = await busiest();
    const pid = platform.supervisor.pidOf(victim)!;
    printed.length = 0;
    process.kill(pid, 'SIGTERM');
    const hidden = await Promise.all(all.map((watching) => hideOne(watching, 'gateway-2')));
    for (const [index, watching] of all.entries()) await expectTold(watching, hidden[index]!);
    await waitUntil(() => platform.supervisor.pidOf(victim) !== pid, PATIENCE);
    // Not cut off: whoever watches is told to go before the process does.
    expect(printed.filter((line) => line.startsWith(`${victim} ended`))).toEqual([
      `${victim} ended (exit code 0)`,
    ]);
  }, 120_000);

  it('are told by a gateway that stops, and subscribe at another one', async () => {
    for (const { name } of platform.specs) await waitUntil(() => isReady(name), PATIENCE);
    const watching = await watch(VIEWERS[0]!, 'gateway-1');
    await waitUntil(async () => (await totalOpen()) === 1, PATIENCE);
    process.kill(platform.supervisor.pidOf('gateway-1')!, 'SIGTERM');
    await waitUntil(() => watching.errors.length > 0, PATIENCE);
    expect(watching.errors[0]).toMatchObject([{ extensions: { code: 'SHUTTING_DOWN', retryable: true } }]);
    // Else the one that is there would be taken for the next one.
    await waitUntil(async () => (await totalOpen()) === 0, PATIENCE);
    const again = await watch(VIEWERS[0]!, 'gateway-2');
    await waitUntil(async () => (await totalOpen()) === 1, PATIENCE);
    await expectTold(again, await hideOne(again, 'gateway-2'));
  }, 120_000);
});
