/** Interactions as feeds of the training graph of towers whose user tower reads histories in their order: windows, asked at every position. */
import type { Random } from '@marquee/domain';
import { type Feeds, indexTensor } from '../../neural/graph-messages.ts';
import { createMaskBank } from '../../neural/mask-bank.ts';
import { seenPairs } from '../sequential/seen-pairs.ts';
import { createSequenceShapes } from '../sequential/sequence-batch.ts';
import type { ItemRows, Sequences } from '../sequential/sequence-data.ts';
import { maskCount } from '../sequential/sequence-graph.ts';
import { drawWindows, packWindows, type Window } from '../sequential/windows.ts';
import { column, TitleGroups, type TitleSlots } from './title-group.ts';
import { GROUPS_PER_STEP, type TowerBatches } from './tower-batches.ts';
import { sequenceSettings, type TwoTowerSettings } from './two-tower-options.ts';

export function createSequenceTowerBatches(
  { rows, start, lengths }: Sequences,
  items: ItemRows,
  slots: TitleSlots,
  settings: TwoTowerSettings,
  random: Random,
): TowerBatches<readonly Window[]> {
  const { dimensions, dropOut, historyLength, batchSize } = settings;
  const masksPerGroup = maskCount(sequenceSettings(settings));
  const positions = Math.ceil(batchSize / GROUPS_PER_STEP);
  const masks = createMaskBank(
    1 - dropOut,
    dimensions * Math.max(positions, historyLength),
    random.fork('masks'),
  );
  const shapes = createSequenceShapes();
  const titles = new TitleGroups(items, slots, settings);

  function feedsOf(group: readonly Window[], share: number, draws: Random): Feeds {
    const of = ({ user, from, to }: Window, by: number) =>
      rows.subarray(start[user]! + from + by, start[user]! + to + by);
    const sequences = group.map((window) => of(window, 0));
    const { feeds, length } = shapes.inputs(sequences);
    const wanted = group.map((window) => of(window, 1));
    const candidates = titles.begin(Uint32Array.from(wanted.flatMap((own) => [...own])), draws);
    const count = candidates.offset!.data.length;
    const candidateAt = (title: number): number | undefined => {
      const place = titles.known(title);
      return place !== undefined && place < count ? place : undefined;
    };
    const targets = new Uint32Array(group.length * length);
    const weights = new Float32Array(targets.length);
    const history = new Uint32Array(targets.length);
    for (const [i, own] of wanted.entries()) {
      for (const [j, title] of own.entries()) {
        targets[i * length + j] = titles.place(title);
        weights[i * length + j] = share;
      }
    }
    const excluded = seenPairs(
      sequences,
      length,
      (position) => wanted[Math.floor(position / length)]![position % length]!,
      candidateAt,
    );
    for (const [i, own] of sequences.entries()) {
      for (const [j, title] of own.entries()) history[i * length + j] = titles.place(title);
    }
    const { 'items-at': _, ...places } = feeds;
    return {
      ...places,
      ...candidates,
      ...titles.feeds(draws),
      ...Object.fromEntries(
        Array.from({ length: masksPerGroup }, (__, i) => [
          `mask${i}`,
          masks.draw([targets.length, dimensions], draws),
        ]),
      ),
      ...{ history: indexTensor(history), targets: indexTensor(targets), weights: column(weights), excluded },
    };
  }

  return {
    groups: (draws) => packWindows(drawWindows(lengths, historyLength, draws), positions, draws),
    feeds(groups, draws) {
      const examples = groups.flat().reduce((sum, { from, to }) => sum + to - from, 0);
      return groups.map((group) => feedsOf(group, 1 / examples, draws));
    },
  };
}
