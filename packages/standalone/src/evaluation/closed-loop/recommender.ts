/** Who makes the pages of a closed loop. All are asked for the same sessions; each learns from what its own pages led to. */
import type { MarqueeEvent, ProfileId, TitleId } from '@marquee/domain';

/** Rows of a page that are looked at, and titles in each: what fits on the first screens of a television. */
export const PAGE_ROWS = 4;
export const ROW_ITEMS = 6;

export interface LoopPage {
  readonly rows: readonly (readonly TitleId[])[];
  readonly slateId?: string;
  /** Names of the parts that should have had a part in it and had none. */
  readonly without: readonly string[];
  /** How it was made, where that was asked for. */
  readonly made?: Making;
}

export interface Making {
  /** What passed the filters and is new to the viewer, in the ranking's order. */
  readonly pool: readonly TitleId[];
  placeOf(
    row: number,
    position: number,
  ): {
    /** Of the row. */
    readonly kind: string;
    /** Given away to learn from. */
    readonly explored: boolean;
    /** Who proposed the title. */
    readonly sources: readonly string[];
  };
}

export interface Recommender {
  readonly name: string;
  /** Before the first session of a day: learns from all there is, if it learns. @param day from 0 */
  beginDay(day: number, now: number): Promise<void>;
  page(profileId: ProfileId, now: number): Promise<LoopPage>;
  /** What the viewer did with the page. */
  observe(events: readonly MarqueeEvent[]): Promise<void>;
  close(): Promise<void>;
}

export function inRows(titleIds: readonly TitleId[]): readonly (readonly TitleId[])[] {
  return Array.from({ length: PAGE_ROWS }, (_, row) =>
    titleIds.slice(row * ROW_ITEMS, (row + 1) * ROW_ITEMS),
  );
}
