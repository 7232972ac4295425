/** A campaign from the start of the platform to its report. */
import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createProgress } from '../../packages/standalone/src/cli/progress.ts';
import { startLocalPlatform } from '../../packages/standalone/src/distributed/local-platform.ts';
import { sampleSource } from '../../packages/standalone/src/world/sample-source.ts';
import type { FaultsArguments } from './arguments.ts';
import { type CampaignResult, OverCapacityError, runCampaign } from './campaign.ts';
import { copiesOf, type Fault } from './fault.ts';
import { describeMix } from './load-mix.ts';
import { table } from './report.ts';
import { rowsOf } from './rows.ts';
import { describeCost } from './steady-state.ts';

/** Prints the report. @returns the exit code: 1 for a broken promise and for a load that the machine cannot hold. */
export async function runFaults(args: FaultsArguments, faults: readonly Fault[]): Promise<number> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const commit = execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  const began = performance.now();
  const progress = (line: string): void => {
    process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);
  };
  const folder =
    args.dataDirectory === undefined
      ? await mkdtemp(join(tmpdir(), 'marquee-faults-'))
      : resolve(args.dataDirectory);
  const log = args.log === undefined ? undefined : createWriteStream(args.log);

  progress(
    `seed ${args.seed}, commit ${commit}, ${args.rate} requests/s on ${availableParallelism()} cores: ${describeMix(args.mix)}`,
  );
  const platform = await startLocalPlatform({
    folder: join(folder, 'distributed'),
    source: sampleSource({ profiles: args.profiles }),
    copies: copiesOf(args.copies),
    partitions: 8,
    mode: 'development',
    gatewayPort: 0,
    logLevel: args.logLevel,
    environment: {},
    progress: createProgress(process.stderr),
    onLine: (name, line) => log?.write(`${name} ${line}\n`),
    onRestart: (name, how) => {
      log?.write(`${name} ended (${how})\n`);
      progress(`  ${name} ended (${how})`);
    },
    signal: stopping.signal,
  });
  try {
    const result = await runCampaign({
      platform,
      faults,
      perSecond: args.rate,
      mix: args.mix,
      seed: args.seed,
      serverAwayMs: args.seconds * 1000,
      processFrozenMs: args.frozen * 1000,
      warmUpMs: args.warmUp * 1000,
      baselineMs: args.baseline * 1000,
      progress,
      signal: stopping.signal,
    });
    return await report(args, commit, result);
  } catch (error) {
    if (!(error instanceof OverCapacityError)) throw error;
    console.log(error.message);
    return 1;
  } finally {
    await platform.stop();
    log?.end();
    if (args.dataDirectory === undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function report(args: FaultsArguments, commit: string, result: CampaignResult): Promise<number> {
  const cores = availableParallelism();
  const { capacity, load, audit, lake, drained } = result;
  const rows = rowsOf(result);
  const all = audit.count(load.ledger.entries);
  // What the log holds twice beyond its window, the lake may hold twice, too, until it is compacted.
  const lakeWhole =
    lake === undefined || (lake.missing === 0 && lake.unexpected === 0 && lake.doubled <= lake.repeated);
  const failed =
    rows.some(({ verdict }) => verdict === 'fail') || audit.unexpected > 0 || !drained || !lakeWhole;
  const whole = {
    ...{ seed: args.seed, commit, node: process.version, cores, copies: args.copies },
    load: { perSecond: args.rate, ...args.mix, sent: describeMix(args.mix) },
    profile: 'distributed',
    ...{ capacity, drained },
    events: { ...all, unexpected: audit.unexpected, examples: audit.examples },
    ...(lake !== undefined && { lake }),
    verdict: failed ? 'fail' : 'pass',
    rows,
  };
  console.log(
    `\nseed ${args.seed}, commit ${commit}, ${args.rate} requests/s, ${args.copies} copies of each part: ${describeMix(args.mix)}\n` +
      `without a fault: ${capacity.coresUsed.toFixed(2)} of ${cores} cores, CPU-ms per request ${describeCost(capacity.cpuMsPerRequest)}\n`,
  );
  console.log(table(rows));
  console.log(
    `\nall events: sent ${all.sent}, acknowledged ${all.acknowledged}, lost ${all.lost}, unexpected ${audit.unexpected}, ` +
      `recovered ${all.recovered}, stored twice ${all.storedTwice}, counted twice ${all.countedTwice}, ` +
      `unreflected ${all.unreflected}; drained: ${drained}; verdict: ${whole.verdict}\n`,
  );
  if (lake !== undefined) {
    console.log(
      `lake: ${lake.logged} events of the campaign in the log, missing ${lake.missing}, unexpected ${lake.unexpected}, doubled ${lake.doubled} (in the log itself: ${lake.repeated})`,
    );
  }
  for (const example of audit.examples) console.log(example);
  if (args.json === undefined) console.log(JSON.stringify(whole));
  else await writeFile(args.json, `${JSON.stringify(whole, null, 2)}\n`);
  return failed ? 1 : 0;
}
