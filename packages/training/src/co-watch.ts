/**
 * Item-item co-watch: titles are alike when the same people watch them (Sarwar et al. 2001; shrinkage as in
 * Bell & Koren 2007). The similarity of titles i and j is
 *
 *   Σᵤ cᵤ wᵤᵢ wᵤⱼ / √(Σᵤ cᵤ wᵤᵢ² · Σᵤ cᵤ wᵤⱼ²)  ×  nᵢⱼ / (nᵢⱼ + shrinkage)
 *
 * over profiles u that watched them; w halves with the age of the watch, c is small for profiles that watch
 * everything, n counts the profiles that watched both, so that one shared viewer proves little.
 */
import { DAY_MS, type TitleId } from '@marquee/domain';
import type { KeyValueStore, StoreEntry } from '@marquee/feature-store';
import {
  createPacer,
  MAX_NEIGHBOURS_KEPT,
  type TitleNeighbours,
  titleNeighboursView,
} from '@marquee/features';
import { collectWatches, type Replay, type WatchLog } from './watch-log.ts';

export interface CoWatchOptions {
  /** Instant of the computation, epoch milliseconds: recency counts from here, or from the last watch if earlier. */
  readonly now: number;
  /** Latest watches per profile that count; work grows with its square. Default 200. */
  readonly maxHistory?: number;
  /** Default 5 profiles. */
  readonly shrinkage?: number;
  /** Default 180 days; no watch weighs less than a fifth. */
  readonly halfLifeDays?: number;
  /** Default MAX_NEIGHBOURS_KEPT. */
  readonly neighbours?: number;
}

export type CoWatchNeighbours = ReadonlyMap<TitleId, TitleNeighbours>;

const LEAST_WEIGHT = 0.2;

/** Watches by profile and by title as parallel arrays: the inner loop walks memory in order. */
interface Incidence {
  readonly ids: readonly TitleId[];
  /** Profile u's watches are at `profileStart[u] .. profileStart[u + 1]`. */
  readonly profileStart: Uint32Array;
  readonly titles: Uint32Array;
  readonly weights: Float64Array;
  readonly profileWeight: Float64Array;
}

/** Runs in slices that leave the event loop free; 100,000 watches take about a second or less. */
export async function coWatchNeighbours(log: WatchLog, options: CoWatchOptions): Promise<CoWatchNeighbours> {
  const { shrinkage = 5, neighbours: kept = MAX_NEIGHBOURS_KEPT } = options;
  const data = incidence(log, options);
  const { ids, profileStart, titles, weights, profileWeight } = data;
  const watchers = invert(data);
  const norms = new Float64Array(ids.length);
  for (let u = 0; u < profileWeight.length; u++) {
    for (let k = profileStart[u]!; k < profileStart[u + 1]!; k++) {
      norms[titles[k]!] = norms[titles[k]!]! + profileWeight[u]! * weights[k]! * weights[k]!;
    }
  }
  const sums = new Float64Array(ids.length);
  const counts = new Uint32Array(ids.length);
  const result = new Map<TitleId, TitleNeighbours>();
  const pacer = createPacer();
  for (let i = 0; i < ids.length; i++) {
    const touched: number[] = [];
    for (let w = watchers.start[i]!; w < watchers.start[i + 1]!; w++) {
      const u = watchers.profile[w]!;
      const own = profileWeight[u]! * watchers.weight[w]!;
      for (let k = profileStart[u]!; k < profileStart[u + 1]!; k++) {
        const j = titles[k]!;
        if (counts[j] === 0) touched.push(j);
        counts[j] = counts[j]! + 1;
        sums[j] = sums[j]! + own * weights[k]!;
      }
      if (pacer.due()) await pacer.pause();
    }
    const best = createBest(kept);
    for (const j of touched) {
      if (j !== i) {
        const cosine = sums[j]! / Math.sqrt(norms[i]! * norms[j]!);
        best.offer(ids[j]!, (cosine * counts[j]!) / (counts[j]! + shrinkage));
      }
      sums[j] = 0;
      counts[j] = 0;
    }
    const neighbours = best.take();
    if (neighbours.length > 0) result.set(ids[i]!, { neighbours });
  }
  return result;
}

/** Collects the watches of a log and computes their neighbours: the first start, and every later refresh. */
export async function coWatchFromLog(
  options: { readonly replay: Replay } & CoWatchOptions,
): Promise<CoWatchNeighbours> {
  return coWatchNeighbours(await collectWatches(options.replay), options);
}

const STORE_BATCH = 500;

/** Writes neighbours as `titleNeighboursView`; titles that have none any more keep what they had. */
export async function storeNeighbours(store: KeyValueStore, neighbours: CoWatchNeighbours): Promise<void> {
  let entries: StoreEntry[] = [];
  for (const [titleId, value] of neighbours) {
    entries.push({ key: titleNeighboursView.key(titleId), value: titleNeighboursView.encode(value) });
    if (entries.length === STORE_BATCH) {
      await store.putMany(entries);
      entries = [];
    }
  }
  if (entries.length > 0) await store.putMany(entries);
}

function incidence(log: WatchLog, options: CoWatchOptions): Incidence {
  const { maxHistory = 200, halfLifeDays = 180 } = options;
  const ordinals = new Map<TitleId, number>();
  const profileStart = new Uint32Array(log.size + 1);
  let total = 0;
  let latest = Number.NEGATIVE_INFINITY;
  for (const watches of log.values()) {
    total += Math.min(maxHistory, watches.length);
    latest = Math.max(latest, watches.at(-1)?.at ?? latest);
  }
  const now = Math.min(options.now, latest);
  const titles = new Uint32Array(total);
  const weights = new Float64Array(total);
  const profileWeight = new Float64Array(log.size);
  let u = 0;
  let k = 0;
  for (const watches of log.values()) {
    const recent = watches.slice(-maxHistory);
    profileWeight[u] = 1 / Math.log2(2 + recent.length);
    for (const { titleId, at } of recent) {
      let ordinal = ordinals.get(titleId);
      if (ordinal === undefined) {
        ordinal = ordinals.size;
        ordinals.set(titleId, ordinal);
      }
      titles[k] = ordinal;
      weights[k] = Math.max(LEAST_WEIGHT, 2 ** (-Math.max(0, now - at) / (halfLifeDays * DAY_MS)));
      k++;
    }
    profileStart[++u] = k;
  }
  return { ids: [...ordinals.keys()], profileStart, titles, weights, profileWeight };
}

/** The same watches by title: who watched it, with what weight. */
function invert({ ids, profileStart, titles, weights }: Incidence) {
  const start = new Uint32Array(ids.length + 1);
  for (const title of titles) start[title + 1] = start[title + 1]! + 1;
  for (let i = 0; i < ids.length; i++) start[i + 1] = start[i + 1]! + start[i]!;
  const next = start.slice();
  const profile = new Uint32Array(titles.length);
  const weight = new Float64Array(titles.length);
  for (let u = 0; u + 1 < profileStart.length; u++) {
    for (let k = profileStart[u]!; k < profileStart[u + 1]!; k++) {
      const place = next[titles[k]!]!;
      next[titles[k]!] = place + 1;
      profile[place] = u;
      weight[place] = weights[k]!;
    }
  }
  return { start, profile, weight };
}

/** The best few of many: most offers end at one comparison. Best first, ties by id. */
function createBest(bound: number) {
  let kept: { titleId: TitleId; score: number }[] = [];
  let floor = 0;
  const cut = (): void => {
    kept.sort((a, b) => b.score - a.score || (a.titleId < b.titleId ? -1 : 1));
    kept = kept.slice(0, bound);
    if (kept.length === bound) floor = kept[bound - 1]!.score;
  };
  return {
    offer(titleId: TitleId, exact: number): void {
      const score = round(exact);
      if (score < floor) return;
      kept.push({ titleId, score });
      if (kept.length === 4 * bound) cut();
    },
    take() {
      cut();
      return kept;
    },
  };
}

/** Five digits are more than the data can tell and keep the stored document small. */
function round(score: number): number {
  return Math.round(score * 1e5) / 1e5;
}
