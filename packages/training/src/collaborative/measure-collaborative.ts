/**
 * Whether the collaborative model finds what people watched next: trained on what happened before an instant, measured on
 * the first watches after it, against popularity and against co-watch on the same profiles.
 */
import type { TitleId } from '@marquee/domain';
import { COLLABORATIVE_HISTORY, coWatchScores } from '@marquee/features';
import type { CoWatchNeighbours } from '../co-watch.ts';
import { bootstrapInterval, ndcgAtK, recallAtK } from '../metrics/index.ts';
import { createTopK } from '../models/top-k.ts';
import type { WatchLog } from '../watch-log.ts';
import type { CollaborativeModel } from './collaborative-model.ts';

export interface MeasureCollaborativeOptions {
  readonly model: CollaborativeModel;
  readonly neighbours: CoWatchNeighbours;
  /** Before the instant. */
  readonly past: WatchLog;
  /** All of it. */
  readonly watches: WatchLog;
  readonly from: number;
  readonly seed: number;
  /** Profiles measured at most, the first by id. Default 500. */
  readonly maxProfiles?: number;
}

export interface CollaborativeMeasurement {
  /** Means, flat, as the manifest holds them. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Recall minus the other ranking's, profile by profile, with 95 % intervals. */
  readonly gains: Readonly<
    Record<string, { readonly mean: number; readonly lower: number; readonly upper: number }>
  >;
}

/** As long as the source's list of proposals. */
const LIST = 200;

export function measureCollaborative(options: MeasureCollaborativeOptions): CollaborativeMeasurement {
  const { model, neighbours, past, watches, from, seed, maxProfiles = 500 } = options;
  const profiles = [...past.keys()]
    .sort()
    .filter((id) => (watches.get(id)?.at(-1)?.at ?? 0) >= from)
    .slice(0, maxProfiles);
  const popular = byWatches(past).slice(0, LIST * 4);
  const rankings = {
    collaborative: (history: readonly TitleId[], seen: ReadonlySet<TitleId>) =>
      collaborativeList(model, history, seen),
    coWatch: (history: readonly TitleId[], seen: ReadonlySet<TitleId>) =>
      coWatchList(neighbours, history, seen),
    popularity: (_: readonly TitleId[], seen: ReadonlySet<TitleId>) => popular.filter((id) => !seen.has(id)),
  };
  const recalls: Record<string, number[]> = {};
  const metrics: Record<string, number> = { profiles: profiles.length };
  for (const [name, ranking] of Object.entries(rankings)) {
    const ndcg: number[] = [];
    const recall: number[] = [];
    for (const id of profiles) {
      const own = watches.get(id)!;
      const before = own.filter(({ at }) => at < from).map(({ titleId }) => titleId);
      const wanted = new Set(own.filter(({ at }) => at >= from).map(({ titleId }) => titleId));
      const list = ranking(before.slice(-COLLABORATIVE_HISTORY).reverse(), new Set(before)).slice(0, LIST);
      ndcg.push(ndcgAtK(list, wanted, 10));
      recall.push(recallAtK(list, wanted, LIST));
    }
    if (profiles.length === 0) continue;
    metrics[`${name}Ndcg10`] = mean(ndcg);
    metrics[`${name}Recall${LIST}`] = mean(recall);
    recalls[name] = recall;
  }
  const gains: Record<string, { mean: number; lower: number; upper: number }> = {};
  for (const other of ['popularity', 'coWatch']) {
    if (profiles.length === 0) continue;
    const differences = recalls.collaborative!.map((value, i) => value - recalls[other]![i]!);
    gains[`recall${LIST}Over${other === 'coWatch' ? 'CoWatch' : 'Popularity'}`] = {
      mean: mean(differences),
      ...bootstrapInterval(differences, { seed }),
    };
  }
  return { metrics, gains };
}

function collaborativeList(
  model: CollaborativeModel,
  history: readonly TitleId[],
  seen: ReadonlySet<TitleId>,
): readonly TitleId[] {
  const folded = model.fold(history);
  if (folded === undefined) return [];
  const top = createTopK(LIST);
  for (const [row, id] of model.titleIds.entries()) {
    const score = folded.score(id);
    if (top.wants(score) && !seen.has(id)) top.offer(row, score);
  }
  return Array.from(top.take().keys, (row) => model.titleIds[row]!);
}

function coWatchList(
  neighbours: CoWatchNeighbours,
  history: readonly TitleId[],
  seen: ReadonlySet<TitleId>,
): readonly TitleId[] {
  const scores = coWatchScores(
    history.map((titleId) => ({ titleId })),
    (id) => neighbours.get(id),
  );
  return [...scores]
    .filter(([id]) => !seen.has(id))
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .map(([id]) => id);
}

function byWatches(log: WatchLog): readonly TitleId[] {
  const counts = new Map<TitleId, number>();
  for (const own of log.values()) {
    for (const { titleId } of own) counts.set(titleId, (counts.get(titleId) ?? 0) + 1);
  }
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([id]) => id);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
