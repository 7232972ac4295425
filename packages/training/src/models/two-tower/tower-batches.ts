/** Interactions as feeds of the training graph of towers whose user tower takes means: an example is a title and all that came before it. */
import type { Random } from '@marquee/domain';
import { type Feeds, indexTensor } from '../../neural/graph-messages.ts';
import type { ItemRows, Sequences } from '../sequential/sequence-data.ts';
import { column, TitleGroups, type TitleSlots } from './title-group.ts';
import type { TwoTowerSettings } from './two-tower-options.ts';
import { CONTEXT_COLUMNS, contextOf, historyWeights } from './user-history.ts';

/** A step's parts: so many threads can work at once. */
export const GROUPS_PER_STEP = 2;

export interface TowerBatches<Group> {
  /** All interactions that have one before them, in random order, in groups. */
  groups(random: Random): Group[];
  /** @param groups of one step */
  feeds(groups: readonly Group[], random: Random): Feeds[];
}

/** A group: rows of the interactions. */
export function createTowerBatches(
  { rows, start, lengths }: Sequences,
  items: ItemRows,
  slots: TitleSlots,
  settings: TwoTowerSettings,
): TowerBatches<Uint32Array> {
  const { historyLength, batchSize } = settings;
  /** First row of the user, by row. */
  const firstOf = new Uint32Array(rows.length);
  let examples = 0;
  for (let user = 0; user < lengths.length; user++) {
    firstOf.fill(start[user]!, start[user]!, start[user + 1]!);
    examples += Math.max(0, lengths[user]! - 1);
  }
  const weightsByLength = Array.from({ length: historyLength + 1 }, (_, length) =>
    historyWeights(settings, length),
  );
  const titles = new TitleGroups(items, slots, settings);

  function feedsOf(own: Uint32Array, share: number, random: Random): Feeds {
    const wanted = Uint32Array.from(own, (row) => rows[row]!);
    const candidates = titles.begin(wanted, random);
    const history = new Uint32Array(own.length * historyLength);
    const recent = new Float32Array(history.length);
    const taste = new Float32Array(history.length);
    const context = new Float32Array(own.length * CONTEXT_COLUMNS.length);
    for (const [i, row] of own.entries()) {
      const from = Math.max(firstOf[row]!, row - historyLength);
      const weights = weightsByLength[row - from]!;
      for (let at = from; at < row; at++) history[i * historyLength + at - from] = titles.place(rows[at]!);
      recent.set(weights.recent, i * historyLength);
      taste.set(weights.taste, i * historyLength);
      context.set(contextOf(row - from), i * CONTEXT_COLUMNS.length);
    }
    return {
      ...candidates,
      ...titles.feeds(random),
      history: indexTensor(history),
      'recent-weights': { data: recent, dims: [own.length, 1, historyLength] },
      'taste-weights': { data: taste, dims: [own.length, 1, historyLength] },
      context: { data: context, dims: [own.length, CONTEXT_COLUMNS.length] },
      targets: indexTensor(wanted.map((title) => titles.place(title))),
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
