/**
 * Titles that are not there when a loop begins and come in while it runs, so many each morning: nobody has seen them, nothing was learned of them. What a
 * policy makes of them is what exploration is for.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  CATALOGUE_PARTITION,
  createRandom,
  EVENT_SCHEMA_VERSION,
  type Title,
  type TitleId,
} from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import type { MarqueeDeps } from '../deps.ts';

const SERVABLE_MS = 60_000;
const ASKED_EVERY_MS = 20;

/** @returns the titles of each day, from the first; the same for the same seed and numbers */
export function arrivalsOf(
  titles: readonly Title[],
  { perDay, days, seed }: { readonly perDay: number; readonly days: number; readonly seed: number },
): readonly (readonly Title[])[] {
  const wanted = perDay * days;
  if (wanted > titles.length / 2) {
    const message = `--arriving: ${perDay} titles on each of ${days} days would be more than half of the ${titles.length} there are`;
    throw new MarqueeError('CONFIG_INVALID', message);
  }
  const random = createRandom(seed).fork('arrivals');
  const order = titles
    .map((title) => ({ title, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ title }) => title);
  return Array.from({ length: days }, (_, day) => order.slice(day * perDay, (day + 1) * perDay));
}

/** Resolves when the titles can be found and shown. @throws MarqueeError DEADLINE_EXCEEDED */
export async function putIntoCatalogue(
  { catalogue, bus, titles, vectorIndex }: Pick<MarqueeDeps, 'catalogue' | 'bus' | 'titles' | 'vectorIndex'>,
  arriving: readonly Title[],
  now: number,
): Promise<void> {
  if (arriving.length === 0) return;
  const ids: readonly TitleId[] = arriving.map(({ id }) => id);
  await catalogue.put({ titles: arriving.map((title) => ({ ...title, addedAt: now })) });
  await bus.publish(
    ids.map((titleId) => ({
      eventId: `arrival-${titleId}`,
      schemaVersion: EVENT_SCHEMA_VERSION,
      type: 'TITLE_CHANGED' as const,
      profileId: CATALOGUE_PARTITION,
      ...{ occurredAt: now, receivedAt: now },
      payload: { titleId },
    })),
  );
  for (const until = performance.now() + SERVABLE_MS; ; ) {
    const known = ids.every((id) => titles.has(id));
    if (known && !(await vectorIndex.vectors(ids)).includes(undefined)) return;
    if (performance.now() > until)
      throw new MarqueeError('DEADLINE_EXCEEDED', 'new titles cannot be found yet');
    await delay(ASKED_EVERY_MS);
  }
}
