/** What resolvers hold for the types of the schema that are resolved field by field. */
import type { PersonId, TitleId } from '@marquee/domain';
import type { PlacedItem, PlacedRow, ServedSlate } from './slates/stored-slate.ts';

export type HomeModel = ServedSlate;
export type RowModel = PlacedRow;
export type RowItemModel = PlacedItem;
/** A slate of one row, of which the first items are wanted. */
export interface TitleSlateModel {
  readonly served: ServedSlate;
  readonly wanted: number;
}

export interface TitleModel {
  readonly id: TitleId;
}

export interface PersonModel {
  readonly id: PersonId;
}

export interface ArtworkModel {
  readonly id: string;
}
