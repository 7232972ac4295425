/** What is done about models while viewers come: the shadow stage ends, a canary begins and is judged again and again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Step } from '@marquee/model-promoter';
import { trialsOf } from '@marquee/model-registry';
import { MarqueeError } from '@marquee/service-kit';
import type { ServedWorld } from './served-world.ts';

/** Of a day's visits, when what was in shadow since the morning is judged. */
const SHADOW_SHARE = 0.35;
/** A canary is looked at so often a day, and at its end. */
const LOOKS_PER_DAY = 5;
/** For what is loaded and written beside the requests. */
const SETTLE_MS = 20_000;
const POLL_MS = 100;

/** Called before each visit. */
export async function lookDuringTheDay(
  served: ServedWorld,
  visit: number,
  visitsPerDay: number,
): Promise<void> {
  const every = Math.max(1, Math.floor(visitsPerDay / LOOKS_PER_DAY));
  if (visit === Math.floor(visitsPerDay * SHADOW_SHARE)) await lookUntilMoved(served, 'shadow');
  else if (visit > 0 && visit % every === 0) {
    const { state } = await served.registry.current();
    if (trialsOf(state).canary === null) return;
    await served.intoLake();
    await served.promoter.look();
  } else return;
  await trialsLoaded(served);
}

/** What was seen in shadow is written every few seconds; a model that is to be moved is, within that. */
async function lookUntilMoved(served: ServedWorld, from: Step['from']): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const step = await served.promoter.look();
    if (step.from !== from || step.to !== undefined || performance.now() > deadline) return;
    await delay(POLL_MS);
  }
}

/** @throws MarqueeError DEADLINE_EXCEEDED when what the registries say is tried out, or finds candidates, does not */
export async function trialsLoaded({ registry, trials, retrieval }: ServedWorld): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  const { state } = await registry.current();
  const wanted = trialsOf(state);
  for (;;) {
    const shadow = wanted.shadow === null || trials.shadow?.version === wanted.shadow.version;
    const canary = trials.canary?.version === wanted.canary?.version;
    const followed = await Promise.all(retrieval.map((line) => line.isFollowed()));
    if (shadow && canary && followed.every(Boolean)) return;
    if (performance.now() > deadline)
      throw new MarqueeError('DEADLINE_EXCEEDED', 'a model was not tried out in time');
    await delay(POLL_MS);
  }
}
