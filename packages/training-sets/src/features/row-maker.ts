/**
 * From a profile's state at one place of the log to the ranker's row about a title, by the functions that serving uses. What a title's
 * neighbours are, and what the collaborative model says, is given: in a training set they come from before its first example,
 * in a parity check they are the ones that were served with.
 */
import type { Device, TitleId } from '@marquee/domain';
import {
  collaborativeHistory,
  contentSimilarity,
  coWatchScores,
  coWatchSeeds,
  fillRankingRow,
  type ProfileState,
  prepareProfile,
  RANKING_COLUMNS,
  type TitleFacts,
  type TitleNeighbours,
  tasteVector,
  titlePopularityView,
} from '@marquee/features';
import type { CollaborativeModel } from '@marquee/training/collaborative';

export interface LearnedSignals {
  neighboursOf(id: TitleId): TitleNeighbours | undefined;
  readonly collaborative?: Pick<CollaborativeModel, 'fold'> | undefined;
}

export interface RowMakerOptions {
  readonly titles: { get(id: TitleId): TitleFacts | undefined };
  readonly vectorOf: (id: TitleId) => Float32Array | undefined;
  readonly signals: LearnedSignals;
}

/** @returns undefined for a title that is not known */
export type MakeRow = (titleId: TitleId, popularity: Float32Array | undefined) => Float32Array | undefined;

/** A viewer at an instant: digested once, asked about many titles. The state is read at once and not kept. */
export type RowMaker = (
  state: ProfileState,
  context: { readonly now: number; readonly device?: Device | undefined },
) => MakeRow;

const NO_POPULARITY = new Float32Array(titlePopularityView.fields.length);

export function createRowMaker({ titles, vectorOf, signals }: RowMakerOptions): RowMaker {
  return (state, { now, device }) => {
    const prepared = prepareProfile(state, { now, ...(device !== undefined && { device }) }, titles);
    const taste = tasteVector(state, vectorOf, now);
    const coWatch = coWatchScores(coWatchSeeds(state), (id) => signals.neighboursOf(id));
    const folded = signals.collaborative?.fold(collaborativeHistory(state));
    return (titleId, popularity) => {
      const title = titles.get(titleId);
      if (title === undefined) return undefined;
      const row = new Float32Array(RANKING_COLUMNS.length);
      fillRankingRow(row, 0, prepared, title, popularity ?? NO_POPULARITY, 0, {
        contentSimilarity: contentSimilarity(taste, vectorOf(titleId)),
        coWatch: coWatch.get(titleId) ?? 0,
        collaborative: folded?.score(titleId) ?? 0,
      });
      return row;
    };
  };
}
