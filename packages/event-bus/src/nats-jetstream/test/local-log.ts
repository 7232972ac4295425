/** A server of its own for one test, buses on it, and what is in its log in the end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type LocalServer, startLocalNats } from '@marquee/local-servers';
import { temporaryFolder } from '@marquee/testkit';
import { onTestFinished } from 'vitest';
import type { EventBus } from '../../index.ts';
import { createNatsEventBus, type NatsEventBusOptions } from '../index.ts';

export const PARTITIONS = 4;

export interface LocalLog {
  readonly server: LocalServer;
  /** What a bus on it is made with; every `process` has a spool of its own. */
  options(process: string, further?: Partial<NatsEventBusOptions>): NatsEventBusOptions;
  /** Started, and stopped when the test is over. */
  open(process: string, further?: Partial<NatsEventBusOptions>): Promise<EventBus>;
  /** A process of `bus-process.ts` that is killed when the test is over. */
  spawn(what: 'publish' | 'consume', options: object): BusProcess;
}

export interface BusProcess {
  readonly lines: string[];
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<unknown>;
}

export async function localLog(): Promise<LocalLog> {
  const folder = temporaryFolder();
  const server = await startLocalNats({ folder: folder.path });
  const buses: EventBus[] = [];
  const processes: BusProcess[] = [];
  onTestFinished(async () => {
    for (const process of processes) process.kill('SIGKILL');
    server.signal('SIGCONT');
    await Promise.all(buses.map((bus) => bus.stop()));
    await server.stop();
    await folder.remove();
  });
  const options = (process: string, further: Partial<NatsEventBusOptions> = {}): NatsEventBusOptions => ({
    servers: server.url,
    partitions: PARTITIONS,
    spoolFile: folder.file(`${process}/spool.db`),
    firstRetryMs: 1,
    maxRetryMs: 20,
    ...further,
  });
  return {
    server,
    options,
    async open(process, further) {
      const bus = createNatsEventBus(options(process, further));
      await bus.start();
      buses.push(bus);
      return bus;
    },
    spawn(what, processOptions) {
      const script = fileURLToPath(new URL('./bus-process.ts', import.meta.url));
      const child = spawn(process.execPath, [script, what, JSON.stringify(processOptions)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines: string[] = [];
      createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
      const started: BusProcess = {
        lines,
        kill: (signal) => void child.kill(signal),
        exited: once(child, 'exit'),
      };
      processes.push(started);
      return started;
    },
  };
}

/** Event ids by profile, in the order of the log. */
export async function idsByProfile(bus: EventBus): Promise<Map<string, string[]>> {
  const ids = new Map<string, string[]>();
  for await (const batch of bus.replay()) {
    for (const { event } of batch)
      ids.set(event.profileId, [...(ids.get(event.profileId) ?? []), event.eventId]);
  }
  return ids;
}
