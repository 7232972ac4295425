/** What a campaign does to one process or server, and how it undoes it. */
import { execFileSync } from 'node:child_process';
import type { LocalServer } from '@marquee/local-servers';
import type { LocalPlatform } from '../../packages/standalone/src/distributed/local-platform.ts';
import {
  BACKGROUND_PARTS,
  PARTS,
  type Part,
  type ProcessSpec,
  planProcesses,
} from '../../packages/standalone/src/distributed/topology.ts';

/** Steady state alone. */
const NO_FAULT = 'none';

export const SERVERS = ['redis', 'postgres', 'nats'] as const;
export type ServerName = (typeof SERVERS)[number];

export interface Fault {
  /** E.g. `kill gateway-1`. */
  readonly name: string;
  /** Of a process, or of a server. */
  readonly target: string;
  readonly of: 'process' | 'server';
  /** `stop`: SIGTERM. `kill`: SIGKILL. `freeze`: SIGSTOP: connections stay, and nothing answers. */
  readonly act: 'stop' | 'kill' | 'freeze';
}

/** Every process killed and frozen, every server stopped, killed and frozen. */
export function allFaults(specs: readonly Pick<ProcessSpec, 'name'>[]): readonly Fault[] {
  const processes = specs.flatMap(({ name }) =>
    (['kill', 'freeze'] as const).map(
      (act): Fault => ({ name: `${act} ${name}`, target: name, of: 'process', act }),
    ),
  );
  const servers = SERVERS.flatMap((target) =>
    (['stop', 'kill', 'freeze'] as const).map(
      (act): Fault => ({ name: `${act} ${target}`, target, of: 'server', act }),
    ),
  );
  return [...processes, ...servers];
}

/** Of a platform that need not run. */
export async function possibleFaults(copies: number): Promise<readonly Fault[]> {
  const specs = await planProcesses({
    // It indexes into Qdrant, which no campaign starts.
    copies: { ...copiesOf(copies), 'catalogue-indexer': 0 },
    ...{
      mode: 'development',
      common: {},
      spoolFolder: '',
      lakeFolder: '',
      supergraphFolder: '',
      port: async () => 0,
    },
  });
  return allFaults(specs);
}

/** So many of every part; one of those in the background, where a second one only stands by. */
export function copiesOf(copies: number): Record<Part, number> {
  const background: readonly Part[] = BACKGROUND_PARTS;
  return Object.fromEntries(PARTS.map((part) => [part, background.includes(part) ? 1 : copies])) as Record<
    Part,
    number
  >;
}

/**
 * Those whose name matches one of the patterns, e.g. `kill *`, `* redis`, `freeze gateway-1`; `none` for no fault at all.
 * @throws RangeError for a pattern that no fault matches.
 */
export function chosenFaults(faults: readonly Fault[], patterns: readonly string[]): readonly Fault[] {
  const wanted = patterns
    .filter((pattern) => pattern.trim() !== NO_FAULT)
    .map((pattern) => {
      const escaped = pattern
        .trim()
        .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '.*');
      const matcher = new RegExp(`^${escaped}$`);
      if (!faults.some(({ name }) => matcher.test(name)))
        throw new RangeError(`--faults: there is no fault "${pattern.trim()}"; --list names them`);
      return matcher;
    });
  return faults.filter(({ name }) => wanted.some((pattern) => pattern.test(name)));
}

export interface Injected {
  /** Process ids that are hurt. */
  readonly pids: readonly number[];
  /** Ends the fault; for a server that was ended, resolves when it takes connections again. */
  heal(): Promise<void>;
}

/** A killed process is started again by its supervisor; there is nothing to heal. */
export async function inject(fault: Fault, platform: LocalPlatform): Promise<Injected> {
  if (fault.of === 'process') {
    const pid = platform.supervisor.pidOf(fault.target);
    if (pid === undefined) throw new Error(`${fault.target} does not run`);
    return signalled(fault.act === 'freeze', [pid]);
  }
  const server = platform.servers.local.get(fault.target as ServerName);
  if (server === undefined) throw new Error(`${fault.target} was not started here`);
  return fault.act === 'freeze' ? signalled(true, familyOf(server)) : ended(server, fault.act);
}

async function ended(server: LocalServer, act: 'stop' | 'kill'): Promise<Injected> {
  const pids = [server.pid];
  await (act === 'stop' ? server.stop() : server.kill());
  return { pids, heal: () => server.start() };
}

function signalled(freeze: boolean, pids: readonly number[]): Injected {
  const tell = (signal: NodeJS.Signals): void => {
    for (const pid of pids) {
      try {
        process.kill(pid, signal);
      } catch {
        // A connection's process that ended by itself.
      }
    }
  };
  tell(freeze ? 'SIGSTOP' : 'SIGKILL');
  return { pids, heal: async () => (freeze ? tell('SIGCONT') : undefined) };
}

/** PostgreSQL has a process per connection; freezing the first alone would leave them at work. */
function familyOf({ pid }: LocalServer): readonly number[] {
  const children = execFileSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child as number);
  return [pid, ...children];
}
