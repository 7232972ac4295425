/** A server process with a life that tests and campaigns can interfere with. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface LocalServerOptions {
  /** For its data; exists, and is the caller's to remove. */
  readonly folder: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Default 20 s. */
  readonly readyWithinMs?: number;
}

export interface LocalServer {
  readonly name: string;
  readonly port: number;
  /** What a client connects to. */
  readonly url: string;
  /** Of the process that runs now. */
  readonly pid: number;
  /** What it printed, both streams, the last 64 KiB. */
  readonly output: string;
  /** E.g. SIGSTOP and SIGCONT, for a server that is slow instead of away. */
  signal(signal: NodeJS.Signals): void;
  /** Asks it to stop and waits; kills it after 10 s. Safe to call twice. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Again on the same port, over the same data; resolves when it takes connections. */
  start(): Promise<void>;
}

export interface LaunchOptions extends LocalServerOptions {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  readonly binary: string;
  readonly args: readonly string[];
  /** The user to run as, where the server refuses to run as root. */
  readonly uid?: number;
  readonly gid?: number;
  readonly stopSignal?: NodeJS.Signals;
  /** A server that ends while it starts and says this is tried again, as long as it may take to be ready. */
  readonly retryWhile?: RegExp;
  /** Beyond taking connections. */
  readonly ready?: () => Promise<boolean>;
}

const OUTPUT_BYTES = 65_536;
const STOP_BOUND_MS = 10_000;

/** @throws Error with what the server printed, when it ends or is not ready in time. */
export async function launchServer(options: LaunchOptions): Promise<LocalServer> {
  let child: ChildProcess | undefined;
  let output = '';

  function launch(): void {
    output = '';
    const started = spawn(options.binary, options.args, {
      cwd: options.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C in a terminal goes to the whole group; whoever started a server stops it last.
      detached: true,
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.gid }),
    });
    child = started;
    endWithThisProcess(started);
    for (const stream of [started.stdout, started.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-OUTPUT_BYTES);
      });
    }
    started.once('exit', () => {
      if (child === started) child = undefined;
    });
    started.once('error', (error) => {
      output += String(error);
    });
  }

  async function start(): Promise<void> {
    if (child !== undefined) return;
    launch();
    const deadline = performance.now() + (options.readyWithinMs ?? 20_000);
    while (!((await takesConnections(options.port)) && (await (options.ready?.() ?? true)))) {
      if (child === undefined) {
        if (options.retryWhile?.test(output) !== true || performance.now() > deadline) {
          throw new Error(`${options.name} ended before it was ready:\n${output}`);
        }
        launch();
      }
      if (performance.now() > deadline) {
        await end('SIGKILL');
        throw new Error(`${options.name} was not ready in time:\n${output}`);
      }
      await delay(20);
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = once(ending, 'exit');
    // A stopped process takes no signal but SIGKILL until it goes on.
    ending.kill('SIGCONT');
    ending.kill(signal);
    const timer = setTimeout(() => ending.kill('SIGKILL'), STOP_BOUND_MS);
    await exited;
    clearTimeout(timer);
  }

  await start();
  return {
    name: options.name,
    port: options.port,
    url: options.url,
    get pid() {
      return child?.pid ?? 0;
    },
    get output() {
      return output;
    },
    signal: (signal) => void child?.kill(signal),
    stop: () => end(options.stopSignal ?? 'SIGTERM'),
    kill: () => end('SIGKILL'),
    start,
  };
}

/**
 * A server of its own group outlives a caller that was killed. A shell that reads from this process sees the end of it,
 * whatever the reason, and ends the server.
 */
function endWithThisProcess(server: ChildProcess): void {
  if (server.pid === undefined) return;
  const guard = spawn('/bin/sh', ['-c', 'cat > /dev/null; kill -KILL "$0"', String(server.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.on('error', () => undefined);
  guard.unref();
  server.once('exit', () => guard.kill('SIGKILL'));
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const answer = (taken: boolean) => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
    socket.setTimeout(1_000, () => answer(false));
  });
}

export function requireBinary(found: string | undefined, name: string, hint: string): string {
  if (found === undefined) throw new Error(`there is no ${name} on this machine; ${hint}`);
  return found;
}
