/** Brings catalogues and histories in: MovieLens folders and Marquee's own file formats. See the README. */
export { importLoggedActions, type LoggedActionsFile } from './logged-actions/import-logged-actions.ts';
export { type EventRecord, eventRecordSchema } from './marquee-formats/event-record.ts';
export type { FileImport, FileImportOptions } from './marquee-formats/file-import.ts';
export { type CatalogueFileBatch, importCatalogue } from './marquee-formats/import-catalogue.ts';
export { type EventImportOptions, importEvents } from './marquee-formats/import-events.ts';
export { type TitleRecord, titleRecordSchema } from './marquee-formats/title-record.ts';
export {
  importMovieLens,
  type MovieLensImport,
  type MovieLensOptions,
  type MovieLensSummary,
} from './movielens/import-movielens.ts';
export { type RatingBehaviour, ratingBehaviour } from './movielens/rating-behaviour.ts';
export type { ImportProgress, OnProgress } from './progress.ts';
export type { Reject } from './rejects.ts';
