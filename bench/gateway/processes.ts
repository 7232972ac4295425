/** The processes that are measured and those they need: started, watched from outside, stopped. Linux only. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '@marquee/local-servers';
import type { SubgraphReport } from './subgraph-server.ts';

const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 5_000;
/** `USER_HZ` of every Linux that Node runs on. */
const TICK_MS = 10;

export interface Command {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface GatewayProcess {
  readonly url: URL;
  /** Milliseconds of CPU that it and its children have used since they started, user and system. */
  cpuMs(): Promise<number>;
  residentMb(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * @param command of Node; `{port}` in an argument or in the environment stands for the port to listen on.
 * @param logFile takes what it writes.
 * @throws Error with the end of what it wrote when it does not answer within a minute.
 */
export async function startGateway(command: Command, logFile: string): Promise<GatewayProcess> {
  const port = await freePort();
  const withPort = (text: string): string => text.replaceAll('{port}', String(port));
  const environment = Object.entries(command.environment ?? {}).map(([name, text]) => [name, withPort(text)]);
  const log = await open(logFile, 'a');
  const child = spawn(process.execPath, command.args.map(withPort), {
    cwd: command.cwd,
    stdio: ['ignore', log.fd, log.fd],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: 'production',
      APOLLO_TELEMETRY_DISABLED: '1',
      ...Object.fromEntries(environment),
    },
  });
  await log.close();
  const url = new URL(`http://127.0.0.1:${port}/graphql`);
  try {
    await answers(url, child);
  } catch (cause) {
    await end(child);
    const written = (await readFile(logFile, 'utf8')).trim().split('\n').slice(-6).join('\n');
    throw new Error(`${(cause as Error).message}:\n${written}`, { cause });
  }
  return {
    url,
    async cpuMs() {
      const used = await Promise.all((await processTree(child.pid as number)).map(cpuOf));
      return used.reduce((sum, one) => sum + one, 0);
    },
    async residentMb() {
      const used = await Promise.all((await processTree(child.pid as number)).map(residentOf));
      return used.reduce((sum, one) => sum + one, 0);
    },
    stop: () => end(child),
  };
}

export interface Subgraphs {
  readonly port: number;
  /** Since the last report. */
  report(): Promise<SubgraphReport>;
  stop(): Promise<void>;
}

export async function startSubgraphs(scenario: string): Promise<Subgraphs> {
  const child = fork(fileURLToPath(new URL('./subgraph-server.ts', import.meta.url)), [scenario], {
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    port,
    async report() {
      child.send('report');
      const [report] = (await once(child, 'message')) as [SubgraphReport];
      return report;
    },
    stop: () => end(child),
  };
}

/** CPU time of the whole machine, in milliseconds of all processors together. */
export async function machineTime(): Promise<{ readonly busy: number; readonly all: number }> {
  const [first = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const ticks = first.split(/ +/).slice(1, 9).map(Number);
  const all = ticks.reduce((sum, one) => sum + one, 0);
  const [, , , idle = 0, waiting = 0] = ticks;
  return { busy: (all - idle - waiting) * TICK_MS, all: all * TICK_MS };
}

export const PROCESSORS = availableParallelism();

async function answers(url: URL, child: ChildProcess): Promise<void> {
  for (const until = performance.now() + START_WITHIN_MS; performance.now() < until; await delay(100)) {
    if (child.exitCode !== null) throw new Error(`it stopped with exit code ${child.exitCode}`);
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ __typename }' }),
        signal: AbortSignal.timeout(5_000),
      });
      if (((await answer.json()) as { data?: unknown }).data) return;
    } catch {
      // Not yet.
    }
  }
  throw new Error(`it did not answer within ${START_WITHIN_MS / 1_000} s`);
}

async function processTree(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const below = await Promise.all(children.split(' ').filter(Boolean).map(Number).map(processTree));
  return [pid, ...below.flat()];
}

/** Of all threads, also those that have ended. */
async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name of the command, in brackets, may have spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS;
}

async function residentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(late);
}
