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
import { createMaterialiser, embedTitle, type TitleFacts, type TitleTable } from '@marquee/features';
import { coWatchNeighbours } from './co-watch.ts';
import type { CollaborativeModel } from './collaborative/collaborative-model.ts';
import type { CollaborativePast } from './collaborative/train-collaborative.ts';
import { ExampleCollector, type PositiveGroup } from './example-collector.ts';
import { COLUMNS } from './example-store.ts';
import {
  EXAMPLE_KIND,
  type RankingExamples,
  rankingExamples,
  type ShownTitles,
} from './ranker/ranking-examples.ts';
import { collectWatches, type Replay, type WatchLog, watchesBefore } from './watch-log.ts';

export type TrainingSet = RankingExamples;

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
  /** Positives and random negatives; default 60,000. */
  readonly maxExamples?: number;
  /**
   * Share of the watches, the latest, that examples are made of. Default 0.5: of the halves, the older teaches who watches alike, the
   * later how to rank. A quarter leaves the ranker of a small log too little, three quarters leave the others too little.
   */
  readonly windowShare?: number;
  readonly onProgress?: (eventsReplayed: number) => void;
}

/** One positive needs four negatives. */
const NEGATIVES = 4;
/**
 * A positive that was shown brings this many of the impressions without a play that were seen at about the same time, beside its random
 * negatives and marked as such: which of them to learn from is the trainer's choice.
 */
const PASSED_OVER = 4;
const MAX_ROWS_TAKEN = 400_000;
const EVENTS_PER_APPLY = 20_000;
const VECTOR_BATCH = 1_000;

/** @returns undefined where the log holds no watch to learn from. */
export async function buildTrainingSet(options: TrainingSetOptions): Promise<TrainingSet | undefined> {
  const { replay, titles, seed, maxExamples = 60_000, windowShare = 0.5 } = options;
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

interface ChosenRow {
  readonly row: number;
  readonly label: number;
  readonly group: number;
  readonly kind: number;
}

function assemble(collector: ExampleCollector, maxExamples: number): TrainingSet {
  const { rows: taken } = collector;
  const shown = shownTitles(collector);
  const chosen = chooseRows(collector, maxExamples);
  const matrix = new Float32Array(chosen.length * COLUMNS);
  const of = (value: (example: ChosenRow) => number): Float32Array => Float32Array.from(chosen, value);
  for (const [i, { row }] of chosen.entries()) taken.copyRow(row, matrix, i);
  const at = Float64Array.from(chosen, ({ row }) => taken.at[row]!);
  return {
    ...rankingExamples({
      matrix,
      rows: chosen.length,
      labels: of(({ label }) => label),
      weights: of(({ row, label }) => (label === 1 ? 1 : taken.weight[row]!)),
      groups: Uint32Array.from(chosen, ({ group }) => group),
      from: chosen.length === 0 ? 0 : at[0]!,
      to: chosen.length === 0 ? 0 : at.at(-1)!,
      at,
      watchSeconds: of(({ row, label, kind }) =>
        label === 1 || kind === EXAMPLE_KIND.givenUp ? taken.watchSeconds[row]! : 0,
      ),
      places: of(({ row }) => taken.place[row]!),
      kinds: Uint8Array.from(chosen, ({ kind }) => kind),
      shown,
    }),
  };
}

/** Before any is chosen. */
function shownTitles({ positives, unplayed }: ExampleCollector): ShownTitles {
  return {
    watched: positives.filter(({ shown }) => shown).length,
    passedOver: unplayed.values().reduce((sum, rows) => sum + rows.length, 0),
  };
}

/**
 * Groups in order of time. The bound is on positives and random negatives; the rest comes on top, at most as many again. What was begun
 * after the last positive's moment is left out: where the log ends there, it had no time to qualify, and may be playing still.
 */
function chooseRows(collector: ExampleCollector, maxExamples: number): readonly ChosenRow[] {
  const { rows: taken } = collector;
  const chosen: ChosenRow[] = [];
  const positives = [...collector.positives].sort((a, b) => taken.at[a.positive]! - taken.at[b.positive]!);
  const givenUp = [...collector.givenUp].sort((a, b) => a.at - b.at || a.row - b.row);
  const { drawn, passedOver: passed, givenUp: gaveUp } = EXAMPLE_KIND;
  let group = 0;
  let bounded = 0;
  let nextGivenUp = 0;
  for (const positive of positives) {
    const negatives = positive.randomNegatives.slice(0, NEGATIVES);
    if (negatives.length === 0) continue;
    bounded += 1 + negatives.length;
    if (bounded > maxExamples) break;
    const at = taken.at[positive.positive]!;
    chosen.push({ row: positive.positive, label: 1, group, kind: drawn });
    for (const row of negatives) chosen.push({ row, label: 0, group, kind: drawn });
    for (const row of passedOverBeside(positive, collector)) {
      chosen.push({ row, label: 0, group, kind: passed });
    }
    for (; nextGivenUp < givenUp.length && givenUp[nextGivenUp]!.at <= at; nextGivenUp++) {
      chosen.push({ row: givenUp[nextGivenUp]!.row, label: 0, group, kind: gaveUp });
    }
    group++;
  }
  return chosen;
}

function passedOverBeside(positive: PositiveGroup, collector: ExampleCollector): readonly number[] {
  if (!positive.shown) return [];
  const at = collector.rows.at[positive.positive]!;
  const unplayed = collector.unplayed.get(positive.profileId) ?? [];
  const nearest = unplayed.findIndex((row) => collector.rows.at[row]! >= at);
  // Each impression serves once, so that none is counted for several plays.
  const first = nearest === -1 ? unplayed.length - PASSED_OVER : nearest - PASSED_OVER / 2;
  return unplayed.splice(Math.max(0, first), PASSED_OVER);
}
