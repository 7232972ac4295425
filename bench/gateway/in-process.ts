/** Our executor beside @apollo/gateway's, under the same Apollo Server, without sockets: what planning and shaping cost. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

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
const script = fileURLToPath(new URL('./scenario-run.ts', import.meta.url));

async function measure(side: string, scenario: string, requests: number): Promise<Measured> {
  const { stdout } = await run(process.execPath, [script, side, scenario, String(requests)], {
    env: { ...process.env, NODE_ENV: 'production', APOLLO_TELEMETRY_DISABLED: '1' },
    timeout: 300_000,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Measured;
}

/** Prints a table. @returns whether all answers were equal. */
export async function compareInProcess(scenarios: readonly string[], requests: number): Promise<boolean> {
  let allEqual = true;
  console.log(`median of 5 runs of ${requests} requests\n`);
  console.log(
    '| operation | gateway | fetches | KB | CPU-ms per request | requests/s | p50 ms | p99 ms | answers |',
  );
  console.log('|---|---|---:|---:|---:|---:|---:|---:|---|');
  for (const scenario of scenarios) {
    const apollo = await measure('apollo', scenario, requests);
    const marquee = await measure('marquee', scenario, requests);
    for (const [side, measured] of [
      ['@apollo/gateway', apollo],
      ['marquee', marquee],
    ] as const) {
      const equal = measured.answer === apollo.answer ? 'equal' : 'DIFFERENT';
      console.log(
        `| ${scenario} | ${side} | ${measured.fetches} | ${(measured.bytes / 1024).toFixed(1)} | ${measured.cpuMs.toFixed(3)} | ${measured.perSecond.toFixed(0)} | ${measured.p50.toFixed(2)} | ${measured.p99.toFixed(2)} | ${equal} |`,
      );
      if (equal !== 'equal') allEqual = false;
    }
  }
  return allEqual;
}
