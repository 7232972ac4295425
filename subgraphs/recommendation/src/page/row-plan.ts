/** A row before it has titles: which it would take, in which order, and how much it matters. */
import type { Reason, RowKind } from '@marquee/domain';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { PageInput } from './page-input.ts';

export interface RowPlan {
  /** Unique on the page, e.g. `genre-western`. */
  readonly key: string;
  readonly kind: RowKind;
  readonly headline: string;
  /** Where one reason holds for the whole row. */
  readonly reason?: Reason;
  /** Where each title has its own. */
  reasonOf?(candidate: HomeCandidate): Reason | undefined;
  /** What the row would show, in its order. */
  readonly pool: readonly HomeCandidate[];
  /** Titles of its head that it has before any other row chooses; default 0. */
  readonly callsFirst?: number;
  /** With fewer titles the row is left out. */
  readonly minimum: number;
  /** Titles kept for paging. */
  readonly limit: number;
  /** Rows of one group beyond the group's limit are left out. */
  readonly groupLimit?: number;
  /** May repeat titles of other rows, and takes none from them. */
  readonly repeats?: boolean;
  /** The genre cap holds for its first ten. */
  readonly capped?: boolean;
  /** Whether an exploration slot of the row may go to a title; absent: the row has no slots. */
  explores?(candidate: HomeCandidate): boolean;
  /** Answers something the viewer did: stays on the page however little it is worth. */
  readonly essential?: boolean;
  /** Stands right below the top picks. */
  readonly anchored?: boolean;
  /** Rows that have a turn change places among each other, lowest first: of who stands higher their titles' worth tells nothing. */
  readonly turn?: number;
  /** Multiplies the row's expected value when rows are put in order. */
  readonly weight: number;
}

/** Plans the rows of one kind; none when there is nothing to show. */
export type RowPlanner = (input: RowPlannerInput) => readonly RowPlan[];

export interface RowPlannerInput extends PageInput {
  /** The ranked titles that are new to the viewer. */
  readonly discoveries: readonly HomeCandidate[];
  /** Titles that a row about discoveries must have: ten, or fewer where the catalogue or the filter is narrow. */
  readonly minimum: number;
}

export const ROW_LIMIT = 40;
