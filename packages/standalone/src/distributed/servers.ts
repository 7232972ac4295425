/** The servers of a local installation: those that the environment names, and for the rest processes of this machine. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  findBinary,
  type LocalServer,
  startLocalNats,
  startLocalPostgres,
  startLocalRedis,
} from '@marquee/local-servers';
import { MarqueeError } from '@marquee/service-kit';

export interface ServerAddresses {
  readonly NATS_URL: string;
  readonly REDIS_URL: string;
  readonly POSTGRES_URL: string;
  readonly QDRANT_URL?: string;
}

export interface Servers {
  readonly addresses: ServerAddresses;
  /** What was started here, by name. */
  readonly local: ReadonlyMap<'nats' | 'redis' | 'postgres', LocalServer>;
  stop(): Promise<void>;
}

const PROGRAMS = {
  redis: { variable: 'REDIS_URL', program: 'redis-server', start: startLocalRedis },
  nats: { variable: 'NATS_URL', program: 'nats-server', start: startLocalNats },
  postgres: { variable: 'POSTGRES_URL', program: 'postgres', start: startLocalPostgres },
} as const;

/**
 * @param folder for the data of the servers started here; it stays.
 * @throws MarqueeError CONFIG_INVALID naming every server that is neither given nor installed.
 */
export async function startServers(folder: string, given: Partial<ServerAddresses>): Promise<Servers> {
  const missing = Object.values(PROGRAMS)
    .filter(({ variable, program }) => given[variable] === undefined && findBinary(program) === undefined)
    .map(({ variable, program }) => `${program} (or ${variable})`);
  if (missing.length > 0) {
    throw new MarqueeError('CONFIG_INVALID', `not on this machine: ${missing.join(', ')}`);
  }
  const local = new Map<'nats' | 'redis' | 'postgres', LocalServer>();
  const stop = async (): Promise<void> => {
    await Promise.all([...local.values()].map((server) => server.stop()));
  };
  const addresses: Record<string, string> = {};
  try {
    for (const [name, { variable, start }] of Object.entries(PROGRAMS)) {
      const named = given[variable];
      if (named === undefined) {
        const data = join(folder, name);
        await mkdir(data, { recursive: true });
        const server = await start({ folder: data });
        local.set(name as keyof typeof PROGRAMS, server);
        addresses[variable] = server.url;
      } else {
        addresses[variable] = named;
      }
    }
  } catch (error) {
    await stop();
    throw error;
  }
  if (given.QDRANT_URL !== undefined) addresses.QDRANT_URL = given.QDRANT_URL;
  return { addresses: addresses as unknown as ServerAddresses, local, stop };
}
