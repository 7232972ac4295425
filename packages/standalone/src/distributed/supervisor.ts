/**
 * Keeps a set of processes running on one machine: starts them in order, puts their output together line by line,
 * starts again what ends by itself, and stops all of them in reverse order.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { MarqueeError } from '@marquee/service-kit';
import type { ProcessSpec } from './topology.ts';

export interface SupervisorOptions {
  readonly specs: readonly ProcessSpec[];
  /** Every line that a process prints, with its name. */
  readonly onLine: (name: string, line: string) => void;
  /** A process that ended by itself; it is started again after `inMs`. */
  readonly onRestart: (name: string, how: string, inMs: number) => void;
  /** For a process to be ready. Default 120 s. */
  readonly readyWithinMs?: number;
  /** For a process to stop before it is killed. Default 15 s. */
  readonly stopWithinMs?: number;
  /** Between two lives of a process that ends again and again, at most. Default 10 s. */
  readonly maxRestartMs?: number;
  /**
   * Where processes keep compiled code: most of a start is compiling, and every copy and every next life would do it again. Where
   * NODE_COMPILE_CACHE names another folder, there. Default: nowhere.
   */
  readonly compileCacheFolder?: string;
}

export interface Supervisor {
  /** One after another by part, the copies of a part at once. @throws MarqueeError when one does not become ready. */
  start(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
  /** Of the process that runs under that name now; undefined between two lives. */
  pidOf(name: string): number | undefined;
}

const STOP_WITH_PARENT = new URL('./stop-with-parent.ts', import.meta.url).href;
const FIRST_RESTART_MS = 200;
const MAX_RESTART_MS = 10_000;
/** A life this long was no crash loop. */
const HEALTHY_MS = 30_000;
const POLL_MS = 50;

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { specs, onLine, onRestart, readyWithinMs = 120_000, stopWithinMs = 15_000 } = options;
  const { maxRestartMs = MAX_RESTART_MS, compileCacheFolder } = options;
  const compileCache = compileCacheFolder === undefined ? {} : { NODE_COMPILE_CACHE: compileCacheFolder };
  const running = new Map<string, ChildProcess>();
  let stopping = false;

  function launch(spec: ProcessSpec, failures: number): void {
    const startedAt = performance.now();
    const child = spawn(process.execPath, ['--import', STOP_WITH_PARENT, spec.script], {
      // Nothing is ever written to the first: that it is open says that we live.
      stdio: ['pipe', 'pipe', 'pipe'],
      // Ctrl-C in a terminal goes to the whole group; these are to be stopped in order, by us.
      detached: true,
      env: { ...compileCache, ...inherited(), ...spec.environment },
    });
    running.set(spec.name, child);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => onLine(spec.name, line));
    }
    child.once('exit', (code, signal) => {
      running.delete(spec.name);
      if (stopping) return;
      const crashes = performance.now() - startedAt > HEALTHY_MS ? 1 : failures + 1;
      const inMs = Math.min(maxRestartMs, FIRST_RESTART_MS * 2 ** Math.min(crashes - 1, 10));
      onRestart(spec.name, signal ?? `exit code ${code}`, inMs);
      setTimeout(() => {
        if (!stopping) launch(spec, crashes);
      }, inMs).unref();
    });
  }

  async function whenReady(spec: ProcessSpec, signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + readyWithinMs;
    while (!(await isReady(spec))) {
      signal.throwIfAborted();
      if (performance.now() > deadline) {
        throw new MarqueeError('DEADLINE_EXCEEDED', `${spec.name} was not ready within ${readyWithinMs} ms`);
      }
      await delay(POLL_MS);
    }
  }

  async function end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
    await exited;
    clearTimeout(timer);
  }

  return {
    async start(signal) {
      for (const group of byPart(specs)) {
        for (const spec of group) launch(spec, 0);
        await Promise.all(group.map((spec) => whenReady(spec, signal)));
      }
    },
    async stop() {
      stopping = true;
      for (const group of byPart(specs).reverse()) {
        await Promise.all(group.map(({ name }) => running.get(name)).map((child) => child && end(child)));
      }
    },
    pidOf: (name) => running.get(name)?.pid,
  };
}

/** What a program needs of its surroundings; configuration comes from the topology alone. */
function inherited(): Record<string, string> {
  const names = [
    'PATH',
    'HOME',
    'LANG',
    'TZ',
    'TMPDIR',
    'NODE_OPTIONS',
    'NODE_COMPILE_CACHE',
    'LOG_LEVEL',
    'NODE_ENV',
  ];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

async function isReady(spec: ProcessSpec): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${spec.port}/ready`, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

function byPart(specs: readonly ProcessSpec[]): ProcessSpec[][] {
  const groups: ProcessSpec[][] = [];
  for (const spec of specs) {
    const last = groups.at(-1);
    if (last?.[0]?.part === spec.part) last.push(spec);
    else groups.push([spec]);
  }
  return groups;
}
