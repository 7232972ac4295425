/** What Marquee promises when parts of it are killed, frozen or away, measured on the real processes. */
import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createProgress } from '../packages/standalone/src/cli/progress.ts';
import { startLocalPlatform } from '../packages/standalone/src/distributed/local-platform.ts';
import { PARTS, type Part } from '../packages/standalone/src/distributed/topology.ts';
import { sampleSource } from '../packages/standalone/src/world/sample-source.ts';
import { HELP, parseFaultsArguments } from './faults/arguments.ts';
import { runCampaign } from './faults/campaign.ts';
import { allFaults, chosenFaults } from './faults/fault.ts';
import { table } from './faults/report.ts';
import { rowsOf } from './faults/rows.ts';

const args = parseFaultsArguments(process.argv.slice(2));
if (args.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
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

progress(`seed ${args.seed}, commit ${commit}, ${args.rate} requests/s on ${cpus().length} cores`);
const platform = await startLocalPlatform({
  folder: join(folder, 'distributed'),
  source: sampleSource({ profiles: args.profiles }),
  copies: Object.fromEntries(PARTS.map((part) => [part, args.copies])) as Record<Part, number>,
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
  const faults = chosenFaults(allFaults(platform), args.faults);
  if (args.list) {
    for (const { name } of faults) console.log(name);
  } else {
    const result = await runCampaign({
      platform,
      faults,
      perSecond: args.rate,
      writeShare: args.writes,
      seed: args.seed,
      serverAwayMs: args.seconds * 1000,
      processFrozenMs: args.frozen * 1000,
      baselineMs: args.baseline * 1000,
      progress,
      signal: stopping.signal,
    });
    const rows = rowsOf(result);
    const all = result.audit.count(result.load.ledger.entries);
    const failed =
      rows.some(({ verdict }) => verdict === 'fail') || result.audit.unexpected > 0 || !result.drained;
    const report = {
      ...{ seed: args.seed, commit, node: process.version, cores: cpus().length, copies: args.copies },
      load: { perSecond: args.rate, writeShare: args.writes },
      profile: 'distributed',
      drained: result.drained,
      events: { ...all, unexpected: result.audit.unexpected, examples: result.audit.examples },
      verdict: failed ? 'fail' : 'pass',
      rows,
    };
    console.log(
      `\nseed ${args.seed}, commit ${commit}, ${args.rate} requests/s, ${args.copies} copies of each part\n`,
    );
    console.log(table(rows));
    console.log(
      `\nall events: sent ${all.sent}, acknowledged ${all.acknowledged}, lost ${all.lost}, unexpected ${result.audit.unexpected}, ` +
        `recovered ${all.recovered}, stored twice ${all.storedTwice}, counted twice ${all.countedTwice}, ` +
        `unreflected ${all.unreflected}; drained: ${result.drained}; verdict: ${report.verdict}\n`,
    );
    for (const example of result.audit.examples) console.log(example);
    if (args.json === undefined) console.log(JSON.stringify(report));
    else await writeFile(args.json, `${JSON.stringify(report, null, 2)}\n`);
    process.exitCode = failed ? 1 : 0;
  }
} finally {
  await platform.stop();
  log?.end();
  if (args.dataDirectory === undefined) await rm(folder, { recursive: true, force: true });
}
