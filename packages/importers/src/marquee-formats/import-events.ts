/** An event file as batches of events, in the order of the file. */
import { type MarqueeEvent, systemClock } from '@marquee/domain';
import { createEventSchema, EVENT_COLUMNS } from './event-record.ts';
import { type FileImport, type FileImportOptions, importFile } from './file-import.ts';

/** Files are expected in order of time, as the log is; they are not sorted here. */
export async function importEvents(options: FileImportOptions): Promise<FileImport<readonly MarqueeEvent[]>> {
  const now = options.now ?? systemClock.now();
  const rows = { phase: 'events', requiredColumns: EVENT_COLUMNS };
  return importFile(options, rows, createEventSchema(now), (events) => events);
}
