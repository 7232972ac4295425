/** An event file as batches of events, in the order of the file. */
import { type MarqueeEvent, systemClock, type TitleId } from '@marquee/domain';
import { createEventSchema, EVENT_COLUMNS } from './event-record.ts';
import { type FileImport, type FileImportOptions, importFile } from './file-import.ts';

export interface EventImportOptions extends FileImportOptions {
  /** Rows about titles it does not know are rejected. Asked while the rows are read. Default: knows every title. */
  readonly knowsTitle?: (titleId: TitleId) => boolean;
}

/** Files are expected in order of time, as the log is; they are not sorted here. */
export async function importEvents(
  options: EventImportOptions,
): Promise<FileImport<readonly MarqueeEvent[]>> {
  const now = options.now ?? systemClock.now();
  const rows = { phase: 'events', requiredColumns: EVENT_COLUMNS };
  return importFile(
    options,
    rows,
    createEventSchema(now, options.knowsTitle ?? (() => true)),
    (events) => events,
  );
}
