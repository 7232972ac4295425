/** The first contact with a server: waits for one that is away, but not for one that will never do. */
import { setTimeout as delay } from 'node:timers/promises';
import { isMarqueeError, MarqueeError } from '../errors.ts';

/** The oldest major version that the schemas and queries are held to. */
const OLDEST_VERSION = 14;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 3_000;

/**
 * @param server how messages name it.
 * @param contact asks the server for its version number (`server_version_num`).
 * @param onAway told the reason of every failed attempt.
 * @throws MarqueeError DEPENDENCY_UNAVAILABLE when it stays away for `withinMs`; what waiting cannot cure
 *   (CONFIG_INVALID, DATA_CORRUPT) at once.
 */
export async function awaitServer(
  server: string,
  contact: () => Promise<number>,
  options: {
    readonly withinMs: number;
    readonly signal: AbortSignal;
    readonly onAway: (reason: string, attempt: number) => void;
  },
): Promise<void> {
  const giveUpAt = performance.now() + options.withinMs;
  let pause = FIRST_PAUSE_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      requireVersion(server, await contact());
      return;
    } catch (error) {
      const transient =
        isMarqueeError(error, 'DEPENDENCY_UNAVAILABLE') || isMarqueeError(error, 'DEADLINE_EXCEEDED');
      if (!transient || options.signal.aborted) throw error;
      options.onAway(error.message, attempt);
      if (performance.now() + pause >= giveUpAt) {
        throw new MarqueeError('DEPENDENCY_UNAVAILABLE', {
          message: `${server} was not there within ${options.withinMs} ms: ${error.message}`,
          cause: error,
        });
      }
    }
    await delay(pause, undefined, { signal: options.signal });
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  }
}

export function requireVersion(server: string, versionNumber: number): void {
  const major = Math.floor(versionNumber / 10_000);
  if (major >= OLDEST_VERSION) return;
  throw new MarqueeError(
    'CONFIG_INVALID',
    `${server} has version ${major}; the oldest supported version is ${OLDEST_VERSION}`,
  );
}
