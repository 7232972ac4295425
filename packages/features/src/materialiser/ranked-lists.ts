/**
 * The ranked lists (`title_list`): what is popular and what is trending, for everybody and per segment,
 * recomputed from the popularity rows; and, from the same look at them, what is watched by genre and by person
 * (`genres_watched`, `people_watched`). Those are sums of the titles' counts as they are then: no event is counted a second time for them,
 * and none can be missing in one and not in the other.
 */
import { DEFAULT_SEGMENT } from '@marquee/domain';
import type { StoreEntry } from '@marquee/feature-store';
import { type PopularityNow, readPopularity } from '../ranking/popularity-now.ts';
import type { TitleFacts } from '../title-table.ts';
import { listIds, MAX_LIST, type TitleList, titleListView } from '../views/title-list.view.ts';
import {
  genresWatchedView,
  MAX_GENRES_WATCHED,
  MAX_PEOPLE_WATCHED,
  peopleWatchedView,
} from '../views/watched-subjects.view.ts';
import { type ServedRow, subjectOf } from './counter-rows.ts';
import { creditedPeople } from './credited-people.ts';
import { forEachRow, recombineAll } from './every-row.ts';
import type { MaterialiserOptions } from './materialiser.ts';
import { createPacer } from './pacer.ts';
import { SubjectSums } from './subject-sums.ts';
import { createTopList, type TopList } from './top-list.ts';

type Titles = MaterialiserOptions['titles'];
type Entry = TitleList['entries'][number];

/** Begins the keys of all rows of titles' counts: a store is looked through once, not once per view. */
const ROW_PREFIX = 'title_';

/** Segments beyond this many have no lists of their own; the list for everybody stands in for them. */
const MAX_SEGMENTS = 200;

/** Sums of people kept while they are added up; of 200 segments that is some 50 MB at the very worst. */
const PEOPLE_KEPT = { everybody: 5_000, segment: 10 * MAX_PEOPLE_WATCHED };

class SegmentLists {
  readonly popular: TopList = createTopList(MAX_LIST);
  readonly trending: TopList = createTopList(MAX_LIST);
  readonly #genres = new SubjectSums(MAX_GENRES_WATCHED);
  readonly #people: SubjectSums;

  constructor(peopleKept: number) {
    this.#people = new SubjectSums(peopleKept);
  }

  add(title: TitleFacts, counts: PopularityNow): void {
    const titleId = title.id;
    if (counts.watchesTotal > 0) {
      this.#genres.add(new Set(title.genreIds), counts);
      this.#people.add(creditedPeople(title), counts);
    }
    const popular = popularScore(counts);
    if (popular > 0) this.popular.offer(titleId, popular);
    const trending = trendingScore(counts);
    if (trending > 0) this.trending.offer(titleId, trending);
  }

  entries(segment: string, generatedAt: number): StoreEntry[] {
    return [
      { key: titleListView.key(listIds.popular(segment)), value: encode(this.popular.best(), generatedAt) },
      { key: titleListView.key(listIds.trending(segment)), value: encode(this.trending.best(), generatedAt) },
      {
        key: genresWatchedView.key(segment),
        value: genresWatchedView.encode({
          asOf: generatedAt,
          entries: this.#genres.best(MAX_GENRES_WATCHED),
        }),
      },
      {
        key: peopleWatchedView.key(segment),
        value: peopleWatchedView.encode({
          asOf: generatedAt,
          entries: this.#people.best(MAX_PEOPLE_WATCHED),
        }),
      },
    ];
  }
}

/** See `Materialiser.refreshLists`. Titles that left the catalogue leave the lists. */
export async function refreshRankedLists(
  { store, titles, partitions = 1 }: Pick<MaterialiserOptions, 'store' | 'titles' | 'partitions'>,
  now: number,
): Promise<void> {
  const everybody = new SegmentLists(PEOPLE_KEPT.everybody);
  const segments = new Map<string, SegmentLists>();
  const add = (served: ServedRow, row: Float32Array): void => {
    const { titleId, segment } = subjectOf(served);
    const title = titles.get(titleId);
    if (title === undefined) return;
    const counts = readPopularity(row, 0, now);
    if (segment === undefined) {
      everybody.add(title, counts);
      return;
    }
    let lists = segments.get(segment);
    if (lists === undefined) {
      if (segments.size >= MAX_SEGMENTS) return;
      lists = new SegmentLists(PEOPLE_KEPT.segment);
      segments.set(segment, lists);
    }
    lists.add(title, counts);
  };
  if (partitions === 1) await forEachRow(store, ROW_PREFIX, add);
  else await recombineAll(store, partitions, ROW_PREFIX, add);
  if (everybody.popular.size < MAX_LIST) await fillByQuality(everybody.popular, titles);
  await store.putMany(everybody.entries(DEFAULT_SEGMENT, now));
  const pacer = createPacer();
  for (const [segment, lists] of segments) {
    await store.putMany(lists.entries(segment, now));
    if (pacer.due()) await pacer.pause();
  }
}

/**
 * Qualified watches of the last weeks. The logarithm of all watches ever decides between titles that nobody
 * watched lately, as in an installation that was idle for long.
 */
function popularScore(counts: PopularityNow): number {
  return counts.watches30d + 0.1 * Math.log1p(counts.watchesTotal);
}

/**
 * How far recent watching (days) exceeds the title's own longer average (weeks), in standard deviations of a
 * Poisson count: the watches expected at the long rate are compared with those seen. An exponentially decayed
 * count with half-life h has, at a steady rate r, the value `r × h / ln 2`.
 */
function trendingScore(counts: PopularityNow): number {
  const seen = counts.watches1d + counts.watches7d;
  const expected = (counts.watches30d * (1 + 7)) / 30;
  return (seen - expected) / Math.sqrt(expected + 1);
}

/**
 * Until enough has been watched, titles that critics and audiences rate highly stand behind the watched ones:
 * a new installation has a page to show. Their scores stay below any watched title's.
 */
async function fillByQuality(list: TopList, titles: Titles): Promise<void> {
  const pacer = createPacer();
  for (const id of titles.newest()) {
    const title = titles.get(id);
    if (title !== undefined && !list.has(id)) list.offer(id, quality(title) * 1e-4);
    if (pacer.due()) await pacer.pause();
  }
}

const MEAN_SCORE = 6;
const PRIOR_VOTES = 100;

/** Mean score drawn towards the middle where votes are few, plus a little for how many voted. */
function quality(title: TitleFacts): number {
  const votes = title.averageScore === undefined ? 0 : (title.scoreCount ?? PRIOR_VOTES / 4);
  const score = ((title.averageScore ?? 0) * votes + MEAN_SCORE * PRIOR_VOTES) / (votes + PRIOR_VOTES);
  return score + 0.2 * Math.log10(1 + votes);
}

function encode(entries: readonly Entry[], generatedAt: number): Uint8Array {
  return titleListView.encode({ generatedAt, entries });
}
