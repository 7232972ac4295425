/**
 * Reports a new slate with the feature values the ranker saw: what training learns from. Once per slate, not per
 * request that a stored one answers; and not for anonymous viewers, who have no place in the log.
 */
import type { EventBus } from '@marquee/event-bus';
import type { SideEffect } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { slateServedEvent } from '../slates/slate-served-event.ts';

export function slateServedSideEffect(bus: EventBus): SideEffect<HomeQuery, HomeCandidate> {
  return {
    kind: 'side-effect',
    name: 'slate-served',
    timeoutMs: 5_000,
    // Not async itself: what an async function is given lives for as long as it waits, here for the log with every candidate.
    run: ({ query: { slate, profileId } }) => report(bus, slate, profileId),
  };
}

async function report(
  bus: EventBus,
  served: HomeQuery['slate'],
  profileId: string | undefined,
): Promise<void> {
  const placed = await served;
  if (placed === undefined || profileId === undefined) return;
  const { slate, features, probabilities, rowOrder } = placed;
  await bus.publish([slateServedEvent(slate, profileId, features, probabilities, rowOrder)]);
}
