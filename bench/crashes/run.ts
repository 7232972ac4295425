/** A crash campaign from the start of the platform to its report. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { codeVersion } from '../../packages/standalone/src/cli/code-version.ts';
import { createProgress } from '../../packages/standalone/src/cli/progress.ts';
import { startLocalPlatform } from '../../packages/standalone/src/distributed/local-platform.ts';
import { PARTS, type Part } from '../../packages/standalone/src/distributed/topology.ts';
import { sampleSource } from '../../packages/standalone/src/world/sample-source.ts';
import type { CrashArguments } from './arguments.ts';
import { type CrashResult, runCampaign } from './campaign.ts';
import { crashSummary, crashTable } from './report.ts';
import { vectorServer } from './vector-server.ts';

const PARTITIONS = 4;
/** A killed worker comes back at once: waiting for it is no part of what is tested. */
const MAX_RESTART_MS = 300;
const DAYS_BETWEEN_DIGESTS = 14;
/** Whoever acts now and then is to act during a campaign. */
const SETTINGS: Readonly<Record<string, string>> = {
  MARQUEE_TRAIN_EVERY_HOURS: '0.1',
  MARQUEE_TRAIN_LOOK_MS: '500',
  // It is busy, and the trainings are what is to be killed.
  MARQUEE_TRAIN_PRIORITY: 'low',
  MARQUEE_TRAIN_MAX_DECISIONS: '5000',
  MARQUEE_SHADOW_PAGES: '20',
  MARQUEE_CANARY_PROFILES: '30',
  MARQUEE_CANARY_HOURS: '0',
  MARQUEE_MONITOR_FIRST_AFTER_MS: '0',
  MARQUEE_MONITOR_EVERY_MS: '1000',
  MARQUEE_PREWARM_EVERY_MS: '1000',
  MARQUEE_DIGEST_ROUND_MS: '1000',
  MARQUEE_LAPSED_AFTER_DAYS: '1',
  MARQUEE_DIGEST_EVERY_DAYS: `${DAYS_BETWEEN_DIGESTS}`,
};

/** Prints the report. @returns the exit code: 1 for a broken promise */
export async function runCrashes(args: CrashArguments, signal: AbortSignal): Promise<number> {
  const began = performance.now();
  const progress = (line: string): void => {
    process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);
  };
  const bar = createProgress(process.stderr);
  const root =
    args.dataDirectory === undefined
      ? await mkdtemp(join(tmpdir(), 'marquee-crashes-'))
      : resolve(args.dataDirectory);
  const folder = join(root, 'distributed');
  const log = args.log === undefined ? undefined : createWriteStream(args.log);
  const indexes = args.workers.includes('catalogue-indexer');
  const copies = Object.fromEntries(
    PARTS.map((part) => [part, part !== 'catalogue-indexer' || indexes ? 1 : 0]),
  ) as Record<Part, number>;
  const vectors = indexes ? await vectorServer(join(root, 'qdrant'), args.qdrant) : undefined;
  try {
    const platform = await startLocalPlatform({
      ...{ folder, copies, partitions: PARTITIONS, mode: 'development', gatewayPort: 0 },
      ...{ logLevel: 'warn', settings: SETTINGS, maxRestartMs: MAX_RESTART_MS },
      ...{ source: sampleSource({ profiles: args.profiles }), progress: bar, signal },
      environment: vectors === undefined ? {} : { QDRANT_URL: vectors.url },
      onLine: (name, line) => log?.write(`${name} ${line}\n`),
      onRestart: (name, how) => {
        log?.write(`${name} ended (${how})\n`);
        if (how !== 'SIGKILL') progress(`  ${name} ended (${how})`);
      },
    });
    try {
      const { workers, kills, seed, rate: perSecond, writes } = args;
      const result = await runCampaign({
        ...{ platform, folder, workers, kills, seed, perSecond, writes, progress, signal },
        daysBetweenDigests: DAYS_BETWEEN_DIGESTS,
        violations: () => vectors?.violations() ?? [],
        onKill: (worker, done) => {
          if (done % 10 === 0) progress(`  ${worker}: ${done} of ${kills}`);
        },
      });
      if (vectors !== undefined) progress(`Qdrant: ${vectors.kind}`);
      return await report(args, result);
    } finally {
      await platform.stop();
    }
  } finally {
    await vectors?.stop();
    log?.end();
    if (args.dataDirectory === undefined) await rm(root, { recursive: true, force: true });
  }
}

async function report(args: CrashArguments, result: CrashResult): Promise<number> {
  const { seed, kills, rate, writes } = args;
  const commit = await codeVersion();
  console.log(
    `\nseed ${seed}, ${commit}, ${rate} requests/s of which ${(writes * 100).toFixed(0)} % mutations, ${availableParallelism()} cores, Node ${process.version}\n`,
  );
  console.log(`${crashTable(result)}\n`);
  console.log(crashSummary(result));
  if (args.json !== undefined) {
    const cores = availableParallelism();
    const whole = { seed, kills, rate, writes, commit, node: process.version, cores, ...result };
    await writeFile(args.json, `${JSON.stringify(whole, null, 2)}\n`);
  }
  return result.broken.length === 0 ? 0 : 1;
}
