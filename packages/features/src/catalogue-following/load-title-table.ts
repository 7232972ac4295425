/** Fills the recommender's read model of the catalogue. */
import { setImmediate } from 'node:timers/promises';
import type { Catalogue } from '@marquee/catalogue';
import { createTitleTable } from '../create-title-table.ts';
import type { TitleTable } from '../title-table.ts';

const BATCH = 500;

/**
 * Reads the whole catalogue in batches that leave the event loop free.
 *
 * @param table is added to where given: titles it holds that the catalogue no longer has are removed.
 */
export async function loadTitleTable(
  catalogue: Catalogue,
  table: TitleTable = createTitleTable(),
): Promise<TitleTable> {
  const gone = new Set(table.newest());
  for await (const titles of catalogue.scan({ batchSize: BATCH })) {
    table.put(titles);
    for (const title of titles) gone.delete(title.id);
    await setImmediate();
  }
  if (gone.size > 0) table.remove([...gone]);
  return table;
}
