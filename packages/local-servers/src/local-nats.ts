/** A NATS server with JetStream. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { type LocalServer, type LocalServerOptions, launchServer, requireBinary } from './local-server.ts';

export interface LocalNatsOptions extends LocalServerOptions {
  /** Further lines of the server's configuration file. */
  readonly configuration?: string;
}

export async function startLocalNats(options: LocalNatsOptions): Promise<LocalServer> {
  const binary = requireBinary(findBinary('nats-server'), 'nats-server', 'install the package nats-server');
  const port = options.port ?? (await freePort());
  const file = join(options.folder, 'nats.conf');
  await writeFile(
    file,
    [
      `listen: "127.0.0.1:${port}"`,
      `jetstream { store_dir: ${JSON.stringify(join(options.folder, 'jetstream'))} }`,
      options.configuration ?? '',
    ].join('\n'),
  );
  return launchServer({
    ...options,
    name: 'nats',
    port,
    url: `nats://127.0.0.1:${port}`,
    binary,
    args: ['--config', file],
  });
}
