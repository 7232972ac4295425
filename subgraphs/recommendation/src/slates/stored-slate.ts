/** A slate as it is kept for paging: what the domain's slate says, and what tells whether it is still fresh. */
import type { Reason, Slate, SlateItem, SlateRow, TitleId } from '@marquee/domain';
import type { RowOrder } from '../page/row-orderer.ts';
import type { ViewerGuard } from './viewer-guard.ts';

export interface StoredRow extends SlateRow {
  /** Why the row is there, where one reason holds for all of it. */
  readonly reason?: Reason;
}

export interface StoredSlate extends Slate {
  readonly rows: readonly StoredRow[];
  /** Of the viewer's state that it was made from; UNKNOWN_REVISION where that could not be read. */
  readonly revision: number;
  /** The title that a slate about one title is about. */
  readonly about?: TitleId;
  /** Made before anybody asked: whoever is served it first is exposed to its experiments then. */
  readonly madeAhead?: true;
  /** Changes with the viewer's own actions, the model and the assignments; another stamp means stale. */
  readonly stamp: string;
}

/** A slate on its way to one viewer, with what must not be shown to them now. */
export interface ServedSlate {
  readonly slate: StoredSlate;
  readonly guard: ViewerGuard;
}

/** An item at its place. Places are those of the stored slate and do not move when an item is withheld. */
export interface PlacedItem {
  readonly served: ServedSlate;
  readonly row: number;
  readonly position: number;
  readonly item: SlateItem;
}

export interface PlacedRow {
  readonly served: ServedSlate;
  readonly index: number;
  readonly row: StoredRow;
}

/** A slate that has just been made, as the side effects see it. */
export interface PlacedSlate {
  readonly slate: StoredSlate;
  /** What the slate answers; see `homeKey`. */
  readonly key: string;
  /** May answer later requests of the same key; false for a page that was made without some part. */
  readonly reusable: boolean;
  /** The ranker's input, by title; empty where it was not made. */
  readonly features: ReadonlyMap<TitleId, Float32Array>;
  /** The ranker's probabilities of a qualified watch, by title; empty where it did not answer. */
  readonly probabilities: ReadonlyMap<TitleId, number>;
  /** How the places were filled whose row is learned; absent: all rows stand by rules. */
  readonly rowOrder: RowOrder | undefined;
}
