/** What coordination promises while servers and holders fail: real ones, killed and stopped. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startLocalNats } from '@marquee/local-servers';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { expect, it, onTestFinished } from 'vitest';
import type { PartitionMembership } from '../index.ts';
import { createNatsBroadcast, createNatsLeases } from './index.ts';

async function localServer() {
  const folder = temporaryFolder();
  const server = await startLocalNats({ folder: folder.path });
  onTestFinished(async () => {
    await server.stop();
    await folder.remove();
  });
  return server;
}

function holder(options: object) {
  const script = fileURLToPath(new URL('./test/lease-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const numberIn = (start: string) => Number(lines.find((line) => line.startsWith(start))?.split(' ')[1]);
  return {
    lines,
    numberIn,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    exited: once(child, 'exit'),
  };
}

async function survivor(options: { servers: string }) {
  const leases = createNatsLeases(options);
  await leases.start();
  onTestFinished(() => leases.stop());
  const fences = new Map<number, number>();
  const membership: PartitionMembership = leases.partitionLeases('group', {
    partitions: 4,
    onAssigned: (partition, fence) => void fences.set(partition, fence),
    onRevoked: (partition) => void fences.delete(partition),
  });
  return { leases, membership, fences };
}

describeOnServer('nats-server', 'coordination under faults', () => {
  it('counts by the time to live that whoever came last asked for, in processes that run already too', async () => {
    const { url } = await localServer();
    const options = { servers: url, leaseTtlMs: 30_000 };
    const child = holder(options);
    await waitUntil(() => child.lines.includes('ready'), { deadlineMs: 15_000 });
    child.kill('SIGKILL');
    await child.exited;
    const leases = createNatsLeases({ servers: url, leaseTtlMs: 1_000 });
    await leases.start();
    onTestFinished(() => leases.stop());
    // Long before what the killed one had asked for.
    await waitUntil(async () => (await leases.acquire('leader')) !== undefined, { deadlineMs: 15_000 });
  });

  it('hands everything of a killed holder over within some five seconds, with greater fences', async () => {
    const options = { servers: (await localServer()).url };
    const child = holder(options);
    await waitUntil(() => child.lines.includes('ready'), { deadlineMs: 15_000 });
    const { leases, membership, fences } = await survivor(options);
    expect(await leases.acquire('leader')).toBeUndefined();
    await membership.start();
    await waitUntil(() => membership.held.length === 2);
    child.kill('SIGKILL');
    await child.exited;
    const killedAt = performance.now();
    const lease = await waitUntil(() => leases.acquire('leader'), { deadlineMs: 10_000 });
    await waitUntil(() => membership.held.length === 4, { deadlineMs: 10_000 });
    expect(performance.now() - killedAt).toBeLessThan(6_000);
    expect(lease.fence).toBeGreaterThan(child.numberIn('leader'));
    for (const partition of [0, 1, 2, 3]) {
      const before = child.numberIn(`+${partition} `);
      expect(fences.get(partition)!).toBeGreaterThan(Number.isNaN(before) ? 0 : before);
    }
  }, 40_000);

  it('hands everything of a holder that stops over at once', async () => {
    const options = { servers: (await localServer()).url };
    const child = holder(options);
    await waitUntil(() => child.lines.includes('ready'), { deadlineMs: 15_000 });
    const { leases, membership } = await survivor(options);
    await membership.start();
    await waitUntil(() => membership.held.length === 2);
    child.kill('SIGTERM');
    await waitUntil(() => child.lines.includes('stopped'));
    const stoppedAt = performance.now();
    await waitUntil(() => leases.acquire('leader'), { deadlineMs: 1_000 });
    await waitUntil(() => membership.held.length === 4, { deadlineMs: 1_000 });
    expect(performance.now() - stoppedAt).toBeLessThan(1_000);
  }, 40_000);

  it('lets a frozen holder learn that it lost everything, and take its share again', async () => {
    const options = { servers: (await localServer()).url };
    const child = holder(options);
    await waitUntil(() => child.lines.includes('ready'), { deadlineMs: 15_000 });
    const { leases, membership } = await survivor(options);
    await membership.start();
    await waitUntil(() => membership.held.length === 2);
    const before = child.lines.filter((line) => line.startsWith('+')).length;
    child.kill('SIGSTOP');
    const lease = await waitUntil(() => leases.acquire('leader'), { deadlineMs: 10_000 });
    await waitUntil(() => membership.held.length === 4, { deadlineMs: 10_000 });
    expect(child.lines).not.toContain('lost false');
    child.kill('SIGCONT');
    // What it holds it finds not to be held any more, and it is told so.
    await waitUntil(() => child.lines.includes('lost false'));
    await waitUntil(() => child.lines.filter((line) => line.startsWith('-')).length >= 4);
    await waitUntil(() => child.lines.filter((line) => line.startsWith('+')).length === before + 2, {
      deadlineMs: 10_000,
    });
    await waitUntil(() => membership.held.length === 2);
    expect(lease.held).toBe(true);
  }, 40_000);

  it('loses all leases when the server is away for longer than they live, and gets them again', async () => {
    const server = await localServer();
    const { leases, membership, fences } = await survivor({ servers: server.url });
    let lost = 0;
    const lease = await leases.acquire('leader', { onLost: () => lost++ });
    await membership.start();
    const before = new Map(fences);
    expect(before.size).toBe(4);
    await server.kill();
    await waitUntil(() => lost === 1 && fences.size === 0, { deadlineMs: 10_000 });
    expect(lease!.held).toBe(false);
    expect(leases.readiness()).toMatchObject({ ready: true, detail: expect.stringContaining('away') });
    await server.start();
    await waitUntil(() => membership.held.length === 4, { deadlineMs: 10_000 });
    for (const [partition, fence] of before) expect(fences.get(partition)!).toBeGreaterThan(fence);
    await waitUntil(() => leases.acquire('leader').catch(() => undefined), { deadlineMs: 10_000 });
  }, 40_000);

  it('keeps leases when the server is away for a moment only', async () => {
    const server = await localServer();
    const { leases, membership } = await survivor({ servers: server.url });
    const lease = await leases.acquire('leader', { onLost: () => expect.fail('it was lost') });
    await membership.start();
    server.signal('SIGSTOP');
    // The server stands still for a third of the time to live.
    const stoppedAt = performance.now();
    await waitUntil(() => performance.now() - stoppedAt > 1_000);
    server.signal('SIGCONT');
    await waitUntil(() => performance.now() - stoppedAt > 4_000);
    expect(lease!.held).toBe(true);
    expect(membership.held).toEqual([0, 1, 2, 3]);
  }, 40_000);

  it('keeps the last values while the server is away, and tells of changes within a second when it is back', async () => {
    const server = await localServer();
    const [one, two] = [server.url, server.url].map((servers) => createNatsBroadcast({ servers }));
    await Promise.all([one!.start(), two!.start()]);
    onTestFinished(() => Promise.all([one!.stop(), two!.stop()]).then(() => undefined));
    const seen: string[] = [];
    two!.watch('ranker', ({ value }) => seen.push(value));
    await one!.put('ranker', 'v1');
    await waitUntil(() => seen.length === 1);
    await server.kill();
    await waitUntil(() => two!.readiness().detail !== undefined);
    expect(two!.readiness()).toMatchObject({
      ready: true,
      detail: expect.stringContaining('last values hold'),
    });
    const late: string[] = [];
    two!.watch('ranker', ({ value }) => late.push(value));
    expect(late).toEqual(['v1']);
    await expect(one!.put('ranker', 'v2')).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await server.start();
    await waitUntil(() => one!.put('ranker', 'v3').catch(() => 0), { deadlineMs: 10_000 });
    await waitUntil(() => two!.readiness().detail === undefined, { deadlineMs: 10_000 });
    await waitUntil(() => seen.at(-1) === 'v3', { deadlineMs: 1_000 });
    expect(seen).toEqual(['v1', 'v3']);
  }, 40_000);

  it('says who refuses the credentials', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const configuration = 'authorization { token: right }';
    const server = await startLocalNats({ folder: folder.path, configuration });
    onTestFinished(() => server.stop());
    for (const adapter of [
      createNatsBroadcast({ servers: server.url, credentials: { token: 'wrong' } }),
      createNatsLeases({ servers: server.url, credentials: { credsFile: folder.file('missing.creds') } }),
    ]) {
      await expect(adapter.start()).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/credentials/),
      });
    }
    const right = createNatsBroadcast({ servers: server.url, credentials: { token: 'right' } });
    await right.start();
    await right.stop();
  });
});
