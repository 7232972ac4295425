/** The worker processes under measurement: the product's own main files, started, killed and counted from outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@marquee/local-servers';
import {
  PARTS,
  type Part,
  type ProcessSpec,
  planProcesses,
} from '../../packages/standalone/src/distributed/topology.ts';

export interface WorkerProcess {
  readonly name: string;
  readonly part: Part;
  readonly pid: number;
  readonly alive: boolean;
  /** The last of what it printed: warnings and errors. */
  readonly output: string;
  /** Sends the signal and waits for the end. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;

/** Resolves when all of them are ready. @throws Error with what one printed that ended or took too long. */
export async function startWorkers(options: {
  materializers: number;
  projectors: number;
  environment: Readonly<Record<string, string>>;
  spoolFolder: string;
  profiled?: string;
}): Promise<readonly WorkerProcess[]> {
  const none = Object.fromEntries(PARTS.map((part) => [part, 0])) as Record<Part, number>;
  const specs = await planProcesses({
    copies: {
      ...none,
      'feature-materializer': options.materializers,
      'profile-projector': options.projectors,
    },
    mode: 'production',
    common: { LOG_LEVEL: 'warn', ...options.environment },
    spoolFolder: options.spoolFolder,
    lakeFolder: '',
    supergraphFolder: '',
    port: freePort,
  });
  const starting = await Promise.allSettled(specs.map((spec) => startWorker(spec, options.profiled)));
  const started = starting.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = starting.find((one) => one.status === 'rejected');
  if (failed === undefined) return started;
  await Promise.all(started.map((worker) => worker.end('SIGKILL')));
  throw failed.reason;
}

async function startWorker(spec: ProcessSpec, profileFolder: string | undefined): Promise<WorkerProcess> {
  const profiling = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const child = spawn(process.execPath, [...profiling, spec.script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C goes to the whole group; these are to be stopped after the load.
    detached: true,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...spec.environment },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000);
    });
  }
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await isReady(spec.port))) {
    if (hasEnded(child) || performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${spec.name} did not become ready:\n${output}`);
    }
    await delay(50);
  }
  return {
    name: spec.name,
    part: spec.part,
    pid: child.pid!,
    get alive() {
      return !hasEnded(child);
    },
    get output() {
      return output;
    },
    async end(signal) {
      if (hasEnded(child)) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
