/** Has a recommendation process make a page ahead: a signed request for the viewer, with the scope that says what it is for. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '@marquee/domain';
import { deadlineAfter, MarqueeError } from '@marquee/service-kit';
import { GATEWAY_HEADER, PREWARM_SCOPE, signGatewayRequest } from '@marquee/service-kit/subgraph';
import type { MakeAhead } from './prewarmer.worker.ts';

export interface RecommendationOptions {
  /** Addresses of the processes; asked in turns. */
  readonly addresses: readonly string[];
  readonly secret: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

const QUERY =
  'query MakeAhead($input: HomeInput) { home(input: $input) { generatedAt degradations { code } } }';

/** @returns a function that throws MarqueeError DEPENDENCY_UNAVAILABLE where no page was made */
export function askRecommendation({ addresses, secret, timeoutMs, clock }: RecommendationOptions): MakeAhead {
  let turn = 0;
  return async ({ profileId, device }, signal) => {
    const address = addresses[turn++ % addresses.length];
    const startedAt = clock.now();
    const body = JSON.stringify({
      query: QUERY,
      variables: { input: device === undefined ? null : { device } },
    });
    const context = {
      requestId: `prewarm-${randomUUID()}`,
      deadline: deadlineAfter(timeoutMs),
      viewer: { profileId, scopes: [PREWARM_SCOPE] },
    };
    const answer = await fetch(`${address}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [GATEWAY_HEADER]: signGatewayRequest(context, body, {
          subgraph: 'recommendation',
          secret,
          now: startedAt,
        }),
      },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const { data } = (await answer.json()) as { data?: { home?: { generatedAt: string } | null } | null };
    const generatedAt = data?.home?.generatedAt;
    if (generatedAt === undefined) {
      throw new MarqueeError(
        'DEPENDENCY_UNAVAILABLE',
        `recommendation answered ${answer.status} without a page`,
      );
    }
    return Date.parse(generatedAt) < startedAt ? 'kept' : 'made';
  };
}
