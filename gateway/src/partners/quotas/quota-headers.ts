/** Where a client stands, in headers of draft-ietf-httpapi-ratelimit-headers-10. Pure. */
import type { QuotaState } from './quota-keeper.ts';

/** `RateLimit`, `RateLimit-Policy`, and `Retry-After` where something is used up. */
export function quotaHeaders(states: readonly QuotaState[]): Readonly<Record<string, string>> {
  if (states.length === 0) return {};
  const waits = states.filter(({ exceeded }) => exceeded).map(({ resetSeconds }) => resetSeconds);
  return {
    'ratelimit-policy': states
      .map(({ name, quota }) => `"${name}";q=${quota.limit};w=${quota.windowSeconds}`)
      .join(', '),
    ratelimit: states
      .map(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`)
      .join(', '),
    ...(waits.length > 0 && { 'retry-after': String(Math.max(...waits)) }),
  };
}
