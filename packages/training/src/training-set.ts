/**
 * A training set for the ranker from the log alone: the log is replayed with the materialiser's own code into a
 * private store, and every example is what the ranker would have seen at that point of it.
 *
 * Examples come from the later part of the log; co-watch neighbours and the collaborative model are learned from the
 * part before, so that a label cannot reach its own features through them. The log is taken to be in order of time: a history that
 * was imported out of order shows popularity a future it did not have.
 */
import { createRandom, type TitleId } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import {
  createMaterialiser,
  embedTitle,
  RANKING_COLUMNS,
  type TitleFacts,
  type TitleTable,
} from '@marquee/features';
import { coWatchNeighbours } from './co-watch.ts';
import type { CollaborativeModel } from './collaborative/collaborative-model.ts';
import type { CollaborativePast } from './collaborative/train-collaborative.ts';
import { ExampleCollector, type PositiveGroup } from './example-collector.ts';
import { COLUMNS } from './example-store.ts';
import { collectWatches, type Replay, type WatchLog, watchesBefore } from './watch-log.ts';

export interface TrainingSet {
  /** Row-major, `rows × RANKING_COLUMNS.length`; groups in order of time, the positive first in its group. */
  readonly matrix: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** 1: watched. */
  readonly labels: Float32Array;
  readonly weights: Float32Array;
  /** Row → number of its group: one positive and its negatives. */
  readonly groups: Uint32Array;
  readonly positives: number;
  /** Instants of the first and last example. */
  readonly from: number;
  readonly to: number;
  /** Mean and standard deviation of each column, for watching drift. */
  readonly columnStatistics: readonly {
    readonly name: string;
    readonly mean: number;
    readonly deviation: number;
  }[];
}

export interface TrainingSetOptions {
  readonly replay: Replay;
  readonly titles: Pick<TitleTable, 'get' | 'newest'>;
  /** A private, empty store for the replay; started and stopped here. */
  readonly makeStore: () => KeyValueStore;
  readonly seed: number;
  /** What `collectWatches(replay)` returned, if the caller has it already. */
  readonly watches?: WatchLog;
  /** Stored content vectors, as the vector index serves them. Default: made from the titles' facts, no synopsis. */
  readonly vectors?: (ids: readonly TitleId[]) => Promise<readonly (Float32Array | undefined)[]>;
  /**
   * The collaborative model of what happened before the examples, told what that is. Absent, or answering with undefined:
   * its column is 0 throughout.
   */
  readonly collaborative?: (past: CollaborativePast) => Promise<CollaborativeModel | undefined>;
  /** Default 60,000. */
  readonly maxExamples?: number;
  /** Share of the watches, the latest, that examples are made of. Default 0.25. */
  readonly windowShare?: number;
  readonly onProgress?: (eventsReplayed: number) => void;
}

/** One positive needs four negatives. */
const NEGATIVES = 4;
/**
 * A positive that was shown takes this many of them from impressions without a play at about the same time. They
 * teach what viewers pass over, but come from what the serving policy favours: with many of them the ranker
 * learns to dislike its own candidates (co-watch gets a negative weight).
 */
const SHOWN_NEGATIVES = 0;
const MAX_ROWS_TAKEN = 400_000;
const EVENTS_PER_APPLY = 20_000;
const VECTOR_BATCH = 1_000;

/** @returns undefined where the log holds no watch to learn from. */
export async function buildTrainingSet(options: TrainingSetOptions): Promise<TrainingSet | undefined> {
  const { replay, titles, seed, maxExamples = 60_000, windowShare = 0.25 } = options;
  const watches = options.watches ?? (await collectWatches(replay));
  const from = windowStart(watches, windowShare, Math.floor(maxExamples / (1 + NEGATIVES)));
  if (from === undefined) return undefined;
  const past = watchesBefore(watches, from);
  const neighbours = await coWatchNeighbours(past, { now: from });
  const collaborative = await options.collaborative?.({ past, neighbours, from });
  const random = createRandom(seed);
  const collector = new ExampleCollector({
    titles,
    vectorOf: await contentVectors(options),
    neighboursOf: (id) => neighbours.get(id),
    ...(collaborative && { collaborative }),
    from,
    random: random.fork('negatives'),
    randomNegatives: NEGATIVES,
    maxRows: MAX_ROWS_TAKEN,
  });
  await replayInto(collector, options);
  collector.finish();
  const set = assemble(collector, maxExamples);
  return set.positives === 0 ? undefined : set;
}

/** The instant from which on the latest share of all watches, and at most `most` of them, happened. */
function windowStart(log: WatchLog, share: number, most: number): number | undefined {
  const instants: number[] = [];
  for (const watches of log.values()) for (const watch of watches) instants.push(watch.at);
  if (instants.length === 0) return undefined;
  const sorted = Float64Array.from(instants).sort();
  const wanted = Math.max(1, Math.min(most, Math.ceil(sorted.length * share)));
  return sorted[sorted.length - wanted]!;
}

async function replayInto(collector: ExampleCollector, options: TrainingSetOptions): Promise<void> {
  const store = options.makeStore();
  await store.start();
  try {
    const materialiser = createMaterialiser({
      store,
      titles: options.titles,
      observe: collector.observe,
      keepProfiles: Number.POSITIVE_INFINITY,
      keepRows: Number.POSITIVE_INFINITY,
    });
    // Values are written once per apply: the fewer, the less there is to encode.
    let gathered: Parameters<typeof materialiser.apply>[0][number][] = [];
    let replayed = 0;
    const flush = async (): Promise<void> => {
      await materialiser.apply(gathered);
      replayed += gathered.length;
      gathered = [];
      options.onProgress?.(replayed);
    };
    for await (const batch of options.replay()) {
      for (const delivered of batch) gathered.push(delivered);
      if (gathered.length >= EVENTS_PER_APPLY) await flush();
    }
    await flush();
  } finally {
    await store.stop();
  }
}

async function contentVectors(
  options: TrainingSetOptions,
): Promise<(id: TitleId) => Float32Array | undefined> {
  const { titles, vectors } = options;
  const known = new Map<TitleId, Float32Array>();
  if (vectors !== undefined) {
    const ids = titles.newest();
    for (let i = 0; i < ids.length; i += VECTOR_BATCH) {
      const chunk = ids.slice(i, i + VECTOR_BATCH);
      const found = await vectors(chunk);
      for (const [place, id] of chunk.entries()) {
        const vector = found[place];
        if (vector !== undefined) known.set(id, vector);
      }
    }
    return (id) => known.get(id);
  }
  return (id) => {
    let vector = known.get(id);
    const title = vector === undefined ? titles.get(id) : undefined;
    if (title !== undefined) {
      vector = embedTitle(embeddable(title));
      known.set(id, vector);
    }
    return vector;
  };
}

function embeddable(title: TitleFacts): Parameters<typeof embedTitle>[0] {
  const { name, kind, genreIds, directorIds, studio, releaseYear } = title;
  const castIds = title.personIds.filter((id) => !directorIds.includes(id));
  return {
    name,
    kind,
    genreIds,
    directorIds,
    castIds,
    ...(studio === undefined ? {} : { studio }),
    ...(releaseYear === undefined ? {} : { releaseYear }),
  };
}

function assemble(collector: ExampleCollector, maxExamples: number): TrainingSet {
  const { rows: taken } = collector;
  const chosen: { row: number; label: number; group: number }[] = [];
  const positives = [...collector.positives].sort((a, b) => taken.at[a.positive]! - taken.at[b.positive]!);
  let group = 0;
  for (const positive of positives) {
    const negatives = negativesOf(positive, collector);
    if (negatives.length === 0) continue;
    if (chosen.length + 1 + negatives.length > maxExamples) break;
    chosen.push({ row: positive.positive, label: 1, group });
    for (const row of negatives) chosen.push({ row, label: 0, group });
    group++;
  }
  const matrix = new Float32Array(chosen.length * COLUMNS);
  const labels = new Float32Array(chosen.length);
  const weights = new Float32Array(chosen.length);
  const groups = new Uint32Array(chosen.length);
  for (const [i, example] of chosen.entries()) {
    taken.copyRow(example.row, matrix, i);
    labels[i] = example.label;
    weights[i] = example.label === 1 ? 1 : taken.weight[example.row]!;
    groups[i] = example.group;
  }
  return {
    matrix,
    rows: chosen.length,
    columns: COLUMNS,
    labels,
    weights,
    groups,
    positives: group,
    from: chosen.length === 0 ? 0 : taken.at[chosen[0]!.row]!,
    to: chosen.length === 0 ? 0 : taken.at[chosen.at(-1)!.row]!,
    columnStatistics: statistics(matrix, chosen.length),
  };
}

/** A play that was shown is compared with what else was shown; the rest is drawn from the whole catalogue. */
function negativesOf(positive: PositiveGroup, collector: ExampleCollector): readonly number[] {
  const shown: number[] = [];
  if (positive.shown) {
    const at = collector.rows.at[positive.positive]!;
    const unplayed = collector.unplayed.get(positive.profileId) ?? [];
    const nearest = unplayed.findIndex((row) => collector.rows.at[row]! >= at);
    // Each impression serves once, so that none is counted for several plays.
    const first = nearest === -1 ? unplayed.length - SHOWN_NEGATIVES : nearest - 1;
    shown.push(...unplayed.splice(Math.max(0, first), SHOWN_NEGATIVES));
  }
  return [...shown, ...positive.randomNegatives.slice(0, NEGATIVES - shown.length)];
}

function statistics(matrix: Float32Array, rows: number): TrainingSet['columnStatistics'] {
  return RANKING_COLUMNS.map((name, c) => {
    let sum = 0;
    let squares = 0;
    for (let r = 0; r < rows; r++) sum += matrix[r * COLUMNS + c]!;
    const mean = rows === 0 ? 0 : sum / rows;
    for (let r = 0; r < rows; r++) squares += (matrix[r * COLUMNS + c]! - mean) ** 2;
    return { name, mean, deviation: rows === 0 ? 0 : Math.sqrt(squares / rows) };
  });
}
