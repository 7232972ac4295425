/**
 * A few titles for somebody who is not there. Its objective is not the home page's: not what they would most likely play now
 * that they are here, but what is a reason to come. So what was begun counts most, then what is new since the last visit and
 * close to them, then what they have saved; the rest of the catalogue, however good, has been there all the time.
 */
import { DAY_MS, type EventPayload, type TitleId } from '@marquee/domain';
import {
  isServable,
  type ProfileState,
  prepareProfile,
  type TitleFacts,
  type TitleTable,
} from '@marquee/features';

export type DigestItem = EventPayload<'NOTIFICATION_REQUESTED'>['items'][number];
type Why = DigestItem['why'];

/** Part of every notification: what was sent under which objective can be told apart later. */
export const OBJECTIVE = 'return-visit/1';

const ITEMS = 5;
const LEAST_ITEMS = 3;
const PER_GENRE = 2;
const GENRES = 5;
const PER_SHELF = 200;
/** What was begun is a reason to come for some months. */
const UNFINISHED_HALF_LIFE_DAYS = 60;
const VALUE: Readonly<Record<Why, number>> = {
  unfinished: 1,
  'followed-person': 0.9,
  'new-for-you': 0.8,
  saved: 0.6,
  'for-you': 0.4,
};

export interface DigestInput {
  readonly state: ProfileState;
  readonly titles: Pick<TitleTable, 'get' | 'titlesOfGenre' | 'titlesOfPerson'>;
  readonly lastActiveAt: number;
  readonly now: number;
}

/** Best first; none where there is too little to say. Pure: ties break by id. */
export function makeDigest({ state, titles, lastActiveAt, now }: DigestInput): readonly DigestItem[] {
  const { genreAffinity, watched } = prepareProfile(state, { now }, titles);
  const hidden = new Set(state.hiddenTitleIds);
  const worth = new Map<TitleId, { why: Why; value: number; facts: TitleFacts }>();

  const offer = (id: TitleId, why: Why, share: number): void => {
    const facts = titles.get(id);
    if (facts === undefined || share <= 0 || hidden.has(id) || state.reactions[id]?.reaction === 'DISLIKE')
      return;
    if (
      !isServable(facts, {
        now,
        ...(state.region && { region: state.region }),
        ...(state.maturityLimit && { maturityLimit: state.maturityLimit }),
      })
    )
      return;
    const value = VALUE[why] * share;
    if (value > (worth.get(id)?.value ?? 0)) worth.set(id, { why, value, facts });
  };
  const affinity = ({ genreIds }: TitleFacts): number =>
    Math.min(1, Math.max(0, ...genreIds.map((id) => genreAffinity.get(id) ?? 0)));

  for (const entry of state.history) {
    if (entry.completed || entry.positionSeconds === 0 || !entry.qualified) continue;
    offer(
      entry.titleId,
      'unfinished',
      2 ** (-(now - entry.lastWatchedAt) / DAY_MS / UNFINISHED_HALF_LIFE_DAYS),
    );
  }
  const unseen = (id: TitleId): boolean => !watched.has(id);
  for (const { titleId } of state.myList) if (unseen(titleId)) offer(titleId, 'saved', 1);
  for (const personId of state.followedPersonIds) {
    for (const id of titles.titlesOfPerson(personId).slice(0, PER_SHELF)) {
      if (unseen(id) && (titles.get(id)?.addedAt ?? 0) > lastActiveAt) offer(id, 'followed-person', 1);
    }
  }
  const favourites = [...genreAffinity]
    .filter(([, value]) => value > 0)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  for (const [genreId] of favourites.slice(0, GENRES)) {
    for (const id of titles.titlesOfGenre(genreId).slice(0, PER_SHELF)) {
      const facts = titles.get(id);
      if (facts === undefined || !unseen(id)) continue;
      const isNew = facts.addedAt > lastActiveAt && facts.addedAt <= now;
      offer(
        id,
        isNew ? 'new-for-you' : 'for-you',
        affinity(facts) * (0.5 + 0.05 * (facts.averageScore ?? 5)),
      );
    }
  }
  return chosen(worth);
}

/** At most two of a genre, unless there is nothing else: a viewer of one taste gets one. */
function chosen(
  worth: ReadonlyMap<TitleId, { why: Why; value: number; facts: TitleFacts }>,
): readonly DigestItem[] {
  const ranked = [...worth].sort(([a, one], [b, other]) => other.value - one.value || (a < b ? -1 : 1));
  const ofGenre = new Map<string, number>();
  const within: DigestItem[] = [];
  const beyond: DigestItem[] = [];
  for (const [titleId, { why, value, facts }] of ranked) {
    const genre = facts.genreIds[0] ?? '';
    const count = ofGenre.get(genre) ?? 0;
    ofGenre.set(genre, count + 1);
    // What they began or saved themselves is not rationed.
    const fits = count < PER_GENRE || why === 'unfinished' || why === 'saved';
    (fits ? within : beyond).push({ titleId, why, value });
  }
  const items = [...within, ...beyond].slice(0, ITEMS).sort((a, b) => b.value - a.value);
  return items.length < LEAST_ITEMS ? [] : items;
}
