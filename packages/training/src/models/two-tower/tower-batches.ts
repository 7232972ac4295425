/**
 * Interactions as feeds of the training graph. Every title of a group is embedded once, whether it is a target, a random
 * candidate or in somebody's history; candidates come first.
 */
import type { Random } from '@marquee/domain';
import { type Feeds, indexTensor, type TensorValue } from '../../neural/graph-messages.ts';
import type { ItemRows, Sequences } from '../sequential/sequence-data.ts';
import { featureBuckets, type TitleContent } from './title-content.ts';
import type { TwoTowerSettings } from './two-tower-options.ts';
import { CONTEXT_COLUMNS, contextOf, historyWeights } from './user-history.ts';

/** A step's parts: so many threads can work at once. */
export const GROUPS_PER_STEP = 2;

/** Hashed features of the titles of the table: row r's are `buckets[start[r] .. start[r + 1]]`. */
export interface TitleSlots {
  readonly start: Uint32Array;
  readonly buckets: Uint32Array;
}

export function titleSlots(items: ItemRows, content: TitleContent | undefined, buckets: number): TitleSlots {
  const own = Array.from(items.items, (item) => featureBuckets(content?.[item] ?? [], buckets));
  const start = new Uint32Array(own.length + 1);
  for (const [row, features] of own.entries()) start[row + 1] = start[row]! + features.length;
  return { start, buckets: Uint32Array.from(own.flat()) };
}

export interface TowerBatches {
  /** All interactions that have one before them, in random order, in groups. */
  groups(random: Random): Uint32Array[];
  /** @param groups of one step: rows of the interactions */
  feeds(groups: readonly Uint32Array[], random: Random): Feeds[];
}

export function createTowerBatches(
  sequences: Sequences,
  items: ItemRows,
  slots: TitleSlots,
  settings: TwoTowerSettings,
): TowerBatches {
  const { rows, start, lengths } = sequences;
  const { historyLength, negatives, idDropOut, batchSize } = settings;
  const titles = items.items.length;
  /** First row of the user, by row. */
  const firstOf = new Uint32Array(rows.length);
  let examples = 0;
  for (let user = 0; user < lengths.length; user++) {
    firstOf.fill(start[user]!, start[user]!, start[user + 1]!);
    examples += Math.max(0, lengths[user]! - 1);
  }
  const total = items.counts.reduce((sum, count) => sum + count, 0);
  const weightsByLength = Array.from({ length: historyLength + 1 }, (_, length) =>
    historyWeights(settings, length),
  );
  /** The place of a title within the group, and the group it was put there for. */
  const placeOf = new Uint32Array(titles);
  const groupOf = new Uint32Array(titles);
  let group = 0;

  function feedsOf(own: Uint32Array, share: number, random: Random): Feeds {
    group++;
    const used: number[] = [];
    const place = (title: number): number => {
      if (groupOf[title] !== group) {
        groupOf[title] = group;
        placeOf[title] = used.length;
        used.push(title);
      }
      return placeOf[title]!;
    };
    const targets = Uint32Array.from(own, (row) => place(rows[row]!));
    for (let i = 0; i < negatives; i++) place(random.integer(titles));
    const candidates = used.length;
    // −log of the expected number of times a title is among the candidates: popular ones are there more often.
    const offset = Float32Array.from(
      used,
      (title) => -Math.log(Math.min(1, negatives / titles + (own.length * items.counts[title]!) / total)),
    );
    const history = new Uint32Array(own.length * historyLength);
    const recent = new Float32Array(history.length);
    const taste = new Float32Array(history.length);
    const context = new Float32Array(own.length * CONTEXT_COLUMNS.length);
    for (const [i, row] of own.entries()) {
      const from = Math.max(firstOf[row]!, row - historyLength);
      const weights = weightsByLength[row - from]!;
      for (let at = from; at < row; at++) history[i * historyLength + at - from] = place(rows[at]!);
      recent.set(weights.recent, i * historyLength);
      taste.set(weights.taste, i * historyLength);
      context.set(contextOf(row - from), i * CONTEXT_COLUMNS.length);
    }
    const features: number[] = [];
    const featureTitles: number[] = [];
    const featureWeights: number[] = [];
    for (const [i, title] of used.entries()) {
      for (let slot = slots.start[title]!; slot < slots.start[title + 1]!; slot++) {
        features.push(slots.buckets[slot]!);
        featureTitles.push(i);
        featureWeights.push(1 / (slots.start[title + 1]! - slots.start[title]!));
      }
    }
    return {
      'id-rows': indexTensor(used),
      'id-weights': column(Float32Array.from(used, () => Number(random.next() >= idDropOut))),
      'feature-rows': indexTensor(features),
      'feature-titles': indexTensor(featureTitles),
      'feature-weights': column(Float32Array.from(featureWeights)),
      candidates: indexTensor(Uint32Array.from({ length: candidates }, (_, i) => i)),
      offset: { data: offset, dims: [1, candidates] },
      history: indexTensor(history),
      'recent-weights': { data: recent, dims: [own.length, 1, historyLength] },
      'taste-weights': { data: taste, dims: [own.length, 1, historyLength] },
      context: { data: context, dims: [own.length, CONTEXT_COLUMNS.length] },
      targets: indexTensor(targets),
      weights: column(new Float32Array(own.length).fill(share)),
    };
  }

  return {
    groups(random) {
      const all = new Uint32Array(examples);
      let count = 0;
      for (let user = 0; user < lengths.length; user++) {
        for (let i = 1; i < lengths[user]!; i++) all[count++] = start[user]! + i;
      }
      for (let i = all.length - 1; i > 0; i--) {
        const j = random.integer(i + 1);
        [all[i], all[j]] = [all[j]!, all[i]!];
      }
      const size = Math.ceil(batchSize / GROUPS_PER_STEP);
      return Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
        all.subarray(i * size, (i + 1) * size),
      );
    },
    feeds(groups, random) {
      const share = 1 / groups.reduce((sum, own) => sum + own.length, 0);
      return groups.map((own) => feedsOf(own, share, random));
    },
  };
}

function column(data: Float32Array): TensorValue {
  return { data, dims: [data.length, 1] };
}
