/**
 * A port nobody listens on. Not one that the system chooses: those are of the range that it takes for outgoing connections
 * as well, so that before whoever asked listens on it, or while it starts again, any client may have it.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what Linux (32768), macOS and Windows (49152) take for outgoing connections. */
const LOWEST = 12_000;
const HIGHEST = 32_000;
const MOST_TRIES = 200;

/** A process that asks for many before anybody listens gets none of them twice. */
const given = new Set<number>();

/** Free at the time of the answer, and never the answer to another call of this process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port was found between ${LOWEST} and ${HIGHEST}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
