/** A Redis server, standalone or a node of a cluster to be. */
import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { type LocalServer, type LocalServerOptions, launchServer, requireBinary } from './local-server.ts';

export interface LocalRedisOptions extends LocalServerOptions {
  /** Further settings as on the command line, e.g. `['--maxmemory', '20mb']`. */
  readonly settings?: readonly string[];
  /** Keep writes across a kill: an append-only file, synced on every write. Default true. */
  readonly durable?: boolean;
}

export async function startLocalRedis(options: LocalRedisOptions): Promise<LocalServer> {
  const binary = requireBinary(
    findBinary('redis-server'),
    'redis-server',
    'install the package redis-server',
  );
  const port = options.port ?? (await freePort());
  const durable = options.durable ?? true;
  return launchServer({
    ...options,
    name: 'redis',
    port,
    url: `redis://127.0.0.1:${port}`,
    binary,
    args: [
      ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', options.folder, '--save', ''],
      ...['--appendonly', durable ? 'yes' : 'no', '--appendfsync', 'always'],
      ...(options.settings ?? []),
    ],
  });
}
