/**
 * What a key may use in a window of time: requests, and cost. Windows are fixed, so that what is left and when it is
 * whole again can be told exactly (draft-ietf-httpapi-ratelimit-headers-10).
 */
import type { Quota } from './partner.ts';
import type { UsageCounter } from './usage-counter.ts';

export interface QuotaState {
  readonly name: string;
  readonly quota: Quota;
  /** Not below 0. */
  readonly remaining: number;
  /** Seconds until the window ends: 1 or more. */
  readonly resetSeconds: number;
  readonly exceeded: boolean;
}

/** @param subject whose quota it is. @param amount taken now; 0 looks. @param nowMs since 1970. */
export async function takeQuota(
  counter: UsageCounter,
  subject: string,
  name: string,
  quota: Quota,
  amount: number,
  nowMs: number,
): Promise<QuotaState> {
  const windowMs = quota.windowSeconds * 1000;
  const window = Math.floor(nowMs / windowMs);
  const endsInMs = (window + 1) * windowMs - nowMs;
  const key = `${subject}:${name}:${window}`;
  let used = await counter.add(key, amount, endsInMs);
  const exceeded = used > quota.limit;
  // What is refused is not used: something smaller may still fit in.
  if (exceeded) used = await counter.add(key, -amount, endsInMs);
  return {
    name,
    quota,
    remaining: Math.max(0, quota.limit - used),
    resetSeconds: Math.max(1, Math.ceil(endsInMs / 1000)),
    exceeded,
  };
}

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
