/** Our executor beside @apollo/gateway's, under the same Apollo Server, before subgraphs that answer for free. */
import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '400' }, help: { type: 'boolean', default: false } },
});
if (values.help) {
  console.log('npm run bench:gateway -- [--requests <per run, default 400>]');
  process.exit(0);
}

interface Measured {
  readonly fetches: number;
  readonly bytes: number;
  readonly cpuMs: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly answer: string;
}

const run = promisify(execFile);
const script = fileURLToPath(new URL('./gateway/scenario-run.ts', import.meta.url));

async function measure(side: string, scenario: string): Promise<Measured> {
  const { stdout } = await run(process.execPath, [script, side, scenario, values.requests], {
    env: { ...process.env, APOLLO_TELEMETRY_DISABLED: '1' },
    timeout: 300_000,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Measured;
}

console.log(
  `${cpus().length} cores, Node ${process.version}, median of 5 runs of ${values.requests} requests\n`,
);
console.log(
  '| operation | gateway | fetches | KB | CPU-ms per request | requests/s | p50 ms | p99 ms | answers |',
);
console.log('|---|---|---:|---:|---:|---:|---:|---:|---|');
for (const scenario of ['light', 'heavy', 'HomeRows']) {
  const apollo = await measure('apollo', scenario);
  const marquee = await measure('marquee', scenario);
  for (const [side, measured] of [
    ['@apollo/gateway', apollo],
    ['marquee', marquee],
  ] as const) {
    const equal = measured.answer === apollo.answer ? 'equal' : 'DIFFERENT';
    console.log(
      `| ${scenario} | ${side} | ${measured.fetches} | ${(measured.bytes / 1024).toFixed(1)} | ${measured.cpuMs.toFixed(3)} | ${measured.perSecond.toFixed(0)} | ${measured.p50.toFixed(2)} | ${measured.p99.toFixed(2)} | ${equal} |`,
    );
    if (equal !== 'equal') process.exitCode = 1;
  }
}
