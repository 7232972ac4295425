/** From the start of the platform to the table. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createProgress } from '../../packages/standalone/src/cli/progress.ts';
import { startLocalPlatform } from '../../packages/standalone/src/distributed/local-platform.ts';
import { PARTS, type Part } from '../../packages/standalone/src/distributed/topology.ts';
import { markdownTable } from '../../packages/standalone/src/evaluation/markdown-table.ts';
import { sampleSource } from '../../packages/standalone/src/world/sample-source.ts';
import { percentile } from '../closed-loop.ts';
import { withPorts } from '../faults/campaign.ts';
import type { FreshnessArguments } from './arguments.ts';
import { type Measured, measureEvents, measureNewTitles, measureRemovals, type Subject } from './measure.ts';

const VIEWERS = 40;
const WARM_UP = 5;
/** Only what is measured; nothing here learns or acts by itself. */
const NEEDED: ReadonlySet<Part> = new Set([
  'feature-materializer',
  'profile-projector',
  'content',
  'user-profile',
  'recommendation',
  'experiment',
  'gateway',
]);

export async function runFreshness(args: FreshnessArguments, signal: AbortSignal): Promise<number> {
  const root =
    args.dataDirectory === undefined
      ? await mkdtemp(join(tmpdir(), 'marquee-freshness-'))
      : resolve(args.dataDirectory);
  const copies = Object.fromEntries(PARTS.map((part) => [part, NEEDED.has(part) ? 1 : 0])) as Record<
    Part,
    number
  >;
  const progress = createProgress(process.stderr);
  try {
    const platform = await startLocalPlatform({
      ...{ folder: join(root, 'distributed'), copies, partitions: 4, mode: 'development', gatewayPort: 0 },
      ...{ logLevel: 'error', environment: {}, source: sampleSource({ profiles: args.profiles }) },
      ...{ progress, signal, onLine: () => undefined, onRestart: () => undefined },
    });
    try {
      const gateway = platform.specs.find(({ part }) => part === 'gateway')!;
      const measured = await withPorts(platform, async (ports) => {
        const viewers = (await ports.profiles.list({ first: VIEWERS })).map(({ id }) => id);
        const subject: Subject = { ports, viewers, signal, url: `http://127.0.0.1:${gateway.port}` };
        progress.phase('compilers and caches');
        await measureEvents(subject, WARM_UP);
        progress.phase('events');
        const events = await measureEvents(subject, args.events);
        progress.phase('new titles');
        const added = await measureNewTitles(subject, args.titles);
        progress.phase('removed titles');
        const removed = await measureRemovals(subject, args.titles);
        progress.end();
        return [...events, ...added, ...removed];
      });
      console.log(
        `\n${availableParallelism()} cores, Node ${process.version}, real servers on the same machine\n`,
      );
      console.log(freshnessTable(measured));
      return measured.some(({ times }) => times.length === 0 || times.some((ms) => !Number.isFinite(ms)))
        ? 1
        : 0;
    } finally {
      await platform.stop();
    }
  } finally {
    if (args.dataDirectory === undefined) await rm(root, { recursive: true, force: true });
  }
}

export function freshnessTable(measured: readonly Measured[]): string {
  return markdownTable(
    ['from → to', 'times', 'p50 ms', 'p99 ms', 'longer than a minute'],
    measured.map(({ what, times }) => {
      const sorted = [...times].sort((a, b) => a - b);
      const shown = (p: number): string => (sorted.length === 0 ? '–' : percentile(sorted, p).toFixed(0));
      const late = times.filter((ms) => !Number.isFinite(ms)).length;
      return [what, String(times.length), shown(50), shown(99), String(late)];
    }),
  );
}
