/** Draws an examination from a log of watches: what was known of people before an instant, and what they watched from then on. */
import { createRandom, type TitleId } from '@marquee/domain';
import type { WatchLog } from '@marquee/training';
import { contentOf } from '@marquee/training/two-tower';
import type { RetrievalHoldout } from './retrieval-holdout.ts';

const PROFILES = 2_000;
/** With fewer an interval says nothing. */
const LEAST_PROFILES = 20;
/** More are left out, those first that nobody in it has watched. */
const TITLES = 50_000;
/** Of a history, the newest. */
const HISTORY = 300;

/** Titles that there are to be found: a `TitleTable` is one. */
export interface ExaminedTitles {
  has(id: TitleId): boolean;
  /** Ids, the newest first. */
  newest(): readonly TitleId[];
  get(id: TitleId): Parameters<typeof contentOf>[0] | undefined;
}

/**
 * @param from instant of the examination's beginning, epoch milliseconds
 * @returns undefined where fewer than 20 profiles watched something before and after
 */
export function drawRetrievalHoldout(
  watches: WatchLog,
  titles: ExaminedTitles,
  from: number,
  seed: number,
): RetrievalHoldout | undefined {
  const held = [...watches.keys()].sort().flatMap((id) => {
    const known = watches.get(id)!.filter(({ titleId }) => titles.has(titleId));
    const history = known.filter(({ at }) => at < from).slice(-HISTORY);
    const wanted = known.filter(({ at }) => at >= from);
    return history.length === 0 || wanted.length === 0 ? [] : [{ history, wanted }];
  });
  if (held.length < LEAST_PROFILES) return undefined;
  const drawn = createRandom(seed).fork('retrieval holdout').shuffle(held).slice(0, PROFILES);
  const placeOf = new Map<TitleId, number>();
  const place = (id: TitleId): number => {
    if (!placeOf.has(id)) placeOf.set(id, placeOf.size);
    return placeOf.get(id)!;
  };
  const profiles = drawn.map(({ history, wanted }) => ({
    history: history.map(({ titleId }) => place(titleId)),
    wanted: wanted.map(({ titleId }) => place(titleId)),
  }));
  for (const id of titles.newest()) {
    if (placeOf.size >= TITLES) break;
    place(id);
  }
  const last = drawn.reduce((latest, { wanted }) => Math.max(latest, wanted.at(-1)!.at), from);
  return {
    from: new Date(from).toISOString(),
    to: new Date(last).toISOString(),
    titles: [...placeOf.keys()].map((id) => ({ id, content: contentOf(titles.get(id)!) })),
    profiles,
  };
}
