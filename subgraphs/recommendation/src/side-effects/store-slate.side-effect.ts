/** Writes a new slate to the store, for paging from other processes and for the next hour's requests. */
import type { SideEffect } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import type { SlateStore } from '../slates/slate-store.ts';

export function storeSlateSideEffect(slates: SlateStore): SideEffect<HomeQuery, HomeCandidate> {
  return {
    kind: 'side-effect',
    name: 'store-slate',
    timeoutMs: 1_000,
    // Not async itself: what an async function is given lives for as long as it waits, here for the store with every candidate.
    run: ({ query }) => persist(slates, query.slate),
  };
}

async function persist(slates: SlateStore, served: HomeQuery['slate']): Promise<void> {
  const placed = await served;
  if (placed === undefined) return;
  const { slate, key, reusable } = placed;
  await slates.persist([reusable ? { slate, key } : { slate }]);
}
