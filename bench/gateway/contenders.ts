/** The gateways that are measured: how each is started over a supergraph, as its own documentation says for production. */
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchGraph } from './graph.ts';
import type { Command } from './processes.ts';

export interface Contender {
  readonly name: string;
  /** Installed on demand, in a folder of its own. */
  readonly isPeer: boolean;
  /** @returns why it cannot serve the graph, in words for the table. */
  command(graph: ServedGraph): Promise<Command | string>;
}

export interface ServedGraph {
  readonly graph: BenchGraph;
  /** With the addresses of the running subgraphs. */
  readonly supergraphFile: string;
  /** Of a subgraph. */
  urlOf(name: string): string;
  /** Where configuration can be written to. */
  readonly folder: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PEERS = fileURLToPath(new URL('./peers/', import.meta.url));
const HIVE = join(PEERS, 'node_modules/@graphql-hive/gateway/dist/bin.js');

export const MARQUEE = 'Marquee';
export const APOLLO = 'Apollo Server + @apollo/gateway';

export const CONTENDERS: readonly Contender[] = [
  {
    name: MARQUEE,
    isPeer: false,
    async command({ supergraphFile, folder }) {
      const config = join(folder, 'gateway.yaml');
      // Nothing but defaults.
      await writeFile(config, 'listen: { host: 127.0.0.1 }\n');
      const files = ['--supergraph', supergraphFile, '--config', config, '--port', '{port}'];
      return { cwd: ROOT, args: ['gateway/src/command/main.ts', ...files] };
    },
  },
  {
    name: APOLLO,
    // It runs with the copy that the workspace has where the peers are not installed.
    isPeer: false,
    command: async ({ supergraphFile }) => peer('apollo.mjs', { SUPERGRAPH: supergraphFile }),
  },
  { name: 'Hive Gateway, JavaScript planner', isPeer: true, command: async (graph) => hive(graph, []) },
  {
    name: 'Hive Gateway, Rust planner',
    isPeer: true,
    command: async (graph) => hive(graph, ['--hive-router-runtime']),
  },
  {
    name: 'Mercurius gateway, jit',
    isPeer: true,
    async command({ graph, urlOf, folder }) {
      if (graph.federation1 === undefined) return 'reads federation 1 only';
      const services = [...graph.federation1].map(([name, schema]) => ({ name, schema, url: urlOf(name) }));
      const file = join(folder, 'mercurius.json');
      await writeFile(file, JSON.stringify(services));
      return peer('mercurius.mjs', { SERVICES: file });
    },
  },
];

function peer(script: string, environment: Readonly<Record<string, string>>): Command {
  return { cwd: PEERS, args: [script], environment: { ...environment, PORT: '{port}' } };
}

function hive({ supergraphFile }: ServedGraph, flags: readonly string[]): Command {
  const where = ['--host', '127.0.0.1', '--port', '{port}'];
  return { cwd: PEERS, args: [HIVE, 'supergraph', supergraphFile, ...where, ...flags] };
}

/**
 * The exact versions of the lock file, into `bench/gateway/peers/`; seconds when they are there already.
 * @returns why they cannot be installed, in npm's words.
 */
export async function installPeers(): Promise<string | undefined> {
  const [wanted, installed] = await Promise.all([
    readFile(join(PEERS, 'package-lock.json'), 'utf8'),
    readFile(join(PEERS, 'node_modules/.installed'), 'utf8').catch(() => ''),
  ]);
  if (wanted === installed) return undefined;
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: PEERS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written: string[] = [];
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk) => written.push(String(chunk)));
  const code = await new Promise<number | null>((resolve) => {
    npm.on('error', (error) => {
      written.push(error.message);
      resolve(null);
    });
    npm.on('close', resolve);
  });
  if (code === 0) {
    await writeFile(join(PEERS, 'node_modules/.installed'), wanted);
    return undefined;
  }
  return written.join('').trim().split('\n').slice(0, 2).join('; ') || `npm ended with ${code}`;
}
