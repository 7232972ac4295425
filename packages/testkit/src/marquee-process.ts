/**
 * Marquee as a user starts it: a process of its own, on a free port of the loopback interface. For end-to-end tests
 * and benchmarks, which must be able to kill it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface MarqueeProcess {
  /** Base address, e.g. `http://127.0.0.1:40123`. */
  readonly url: string;
  /** All it has printed on standard output so far. */
  readonly output: string;
  /** Sends a signal and resolves with the exit code, or the signal's name, once it has ended. */
  end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | string>;
}

export interface FinishedProcess {
  readonly exit: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MarqueeArguments {
  readonly dataDirectory: string;
  /**
   * `distributed`: every part a process of its own, on servers that are started with them. Default: one process. A
   * signal to kill ends all of them at once.
   */
  readonly profile?: 'embedded' | 'distributed';
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Default 120 s: the first start prepares a world. */
  readonly readyWithinMs?: number;
  /** Of another copy of the repository. Default: this one. */
  readonly repository?: string;
}

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const MAIN = 'packages/standalone/src/main.ts';
const DISTRIBUTED = 'packages/standalone/src/commands/start-distributed.ts';

/** Resolves when the process says where it listens. Rejects with what it printed when it ends or takes too long. */
export async function startMarquee(options: MarqueeArguments): Promise<MarqueeProcess> {
  const { child, output } = launch(options);
  const url = await new Promise<string>((resolve, reject) => {
    const give = (why: string): void => reject(new Error(`${why}\n${output.stdout}\n${output.stderr}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      give('Marquee was not ready in time');
    }, options.readyWithinMs ?? 120_000);
    child.once('exit', (code) => {
      clearTimeout(timer);
      give(`Marquee ended with ${code} before it was ready`);
    });
    child.stdout!.on('data', () => {
      const found = /GraphQL\s+(http:\/\/\S+)\/graphql/.exec(output.stdout);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found[1]!);
    });
  });
  return {
    url,
    get output() {
      return output.stdout;
    },
    end: (signal) => end(child, signal, options.profile === 'distributed'),
  };
}

/** Runs one of the commands beside `start` to its end, e.g. `import`. */
export async function runCommand(
  name: 'import' | 'evaluate' | 'models' | 'training-set',
  args: readonly string[],
): Promise<FinishedProcess> {
  const script = fileURLToPath(new URL(`../../standalone/src/commands/${name}.ts`, import.meta.url));
  const { child, output } = observe(
    spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { exit: code ?? signal ?? 'unknown', stdout: output.stdout, stderr: output.stderr };
}

/** Runs Marquee to its end: for starts that must fail, and for help texts. */
export async function runMarquee(
  options: MarqueeArguments & { onOutput?(stderr: string, child: ChildProcess): void },
): Promise<FinishedProcess> {
  const { child, output } = launch(options);
  child.stderr!.on('data', () => options.onOutput?.(output.stderr, child));
  const timer = setTimeout(() => child.kill('SIGKILL'), options.readyWithinMs ?? 120_000);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  return { exit: code ?? signal ?? 'unknown', stdout: output.stdout, stderr: output.stderr };
}

function launch(options: MarqueeArguments): Observed {
  const distributed = options.profile === 'distributed';
  const args = [
    join(options.repository ?? REPOSITORY, distributed ? DISTRIBUTED : MAIN),
    distributed ? '--quiet' : '--development',
    ...['--port', '0', '--data-dir', options.dataDirectory],
    ...(options.args ?? []),
  ];
  return observe(
    spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, MARQUEE_HOST: '127.0.0.1', NODE_ENV: '', ...options.environment },
    }),
  );
}

interface Observed {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
}

function observe(child: ChildProcess): Observed {
  const output = { stdout: '', stderr: '' };
  child.stdout!.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr!.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  return { child, output };
}

async function end(child: ChildProcess, signal: NodeJS.Signals, group: boolean): Promise<number | string> {
  if (child.exitCode !== null) return child.exitCode;
  if (child.signalCode !== null) return child.signalCode;
  const others = group && signal === 'SIGKILL' ? descendantsOf(child.pid as number) : [];
  child.kill(signal);
  for (const pid of others) kill(pid, signal);
  const [code, by] = (await once(child, 'exit')) as [number | null, string | null];
  return code ?? by ?? 'unknown';
}

/** Everything that a process has started and that still runs, as `ps` sees it. */
function descendantsOf(pid: number): readonly number[] {
  const lines = execFileSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const parents = new Map(lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]));
  const found: number[] = [];
  for (const candidate of parents.keys()) {
    for (let ancestor = parents.get(candidate); ancestor !== undefined; ancestor = parents.get(ancestor)) {
      if (ancestor !== pid) continue;
      found.push(candidate);
      break;
    }
  }
  return found;
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
