/** A Qdrant server. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { type LocalServer, type LocalServerOptions, launchServer, requireBinary } from './local-server.ts';

/** Unlike the others it is in no distribution's packages; a release's binary on PATH is enough. */
export async function startLocalQdrant(options: LocalServerOptions): Promise<LocalServer> {
  const binary = requireBinary(findBinary('qdrant'), 'qdrant', 'put a release of Qdrant on PATH');
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const file = join(options.folder, 'qdrant.yaml');
  await writeFile(
    file,
    [
      'storage:',
      `  storage_path: ${JSON.stringify(join(options.folder, 'storage'))}`,
      `  snapshots_path: ${JSON.stringify(join(options.folder, 'snapshots'))}`,
      'service:',
      '  host: 127.0.0.1',
      `  http_port: ${port}`,
      '  grpc_port: null',
      'telemetry_disabled: true',
      '',
    ].join('\n'),
  );
  return launchServer({
    ...options,
    name: 'qdrant',
    port,
    url,
    binary,
    args: ['--config-path', file],
    ready: () => isReady(url),
  });
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
