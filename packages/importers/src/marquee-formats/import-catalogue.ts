/** A catalogue file as batches of titles with the genres and people they name. */
import { type Genre, type Person, systemClock, type Title } from '@marquee/domain';
import { type FileImport, type FileImportOptions, importFile } from './file-import.ts';
import { TITLE_COLUMNS, titleOf, titleRecordSchema } from './title-record.ts';

/** Complete in itself: every genre and person that the titles name is in the batch. */
export interface CatalogueFileBatch {
  readonly titles: readonly Title[];
  readonly people: readonly Person[];
  readonly genres: readonly Genre[];
}

/** A title that stands there twice comes twice; the later one replaces the earlier. */
export async function importCatalogue(options: FileImportOptions): Promise<FileImport<CatalogueFileBatch>> {
  const now = options.now ?? systemClock.now();
  const rows = { phase: 'titles', requiredColumns: TITLE_COLUMNS };
  return importFile(options, rows, titleRecordSchema, (records) => {
    // Keyed by id: within a batch, too, the later one replaces the earlier.
    const titles = new Map<string, Title>();
    const people = new Map<string, Person>();
    const genres = new Map<string, Genre>();
    for (const record of records) {
      const read = titleOf(record, now);
      titles.set(read.title.id, read.title);
      for (const genre of read.genres) genres.set(genre.id, genre);
      for (const person of read.people) people.set(person.id, person);
    }
    return { titles: [...titles.values()], people: [...people.values()], genres: [...genres.values()] };
  });
}
