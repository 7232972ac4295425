/** The store that the options ask for. Not started. */
import type { Logger } from '@marquee/service-kit';
import { MemoryResponseStore } from './memory/memory-response-store.ts';
import { RedisResponseStore } from './redis/redis-response-store.ts';
import type { ResponseCacheOptions } from './response-cache-options.ts';
import type { ResponseStore } from './response-store.ts';

/** Beyond what a request waits for: mutations and erasures are patient. */
const COMMAND_TIMEOUT_MS = 1_000;

export function createResponseStore(
  { store, redis, maxBytes }: ResponseCacheOptions,
  logger: Logger,
): ResponseStore {
  return store === 'redis' && redis !== undefined
    ? new RedisResponseStore({ ...redis, commandTimeoutMs: COMMAND_TIMEOUT_MS, logger })
    : new MemoryResponseStore({ maxBytes });
}
