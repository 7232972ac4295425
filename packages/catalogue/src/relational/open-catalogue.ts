/** The life of a catalogue over a relational database: an adapter says how it is opened. */
import { MarqueeError, READY } from '@marquee/service-kit';
import type { Catalogue } from '../index.ts';
import { type RelationalOptions, relationalCatalogue } from './relational-catalogue.ts';

export interface OpenCatalogue extends RelationalOptions {
  close(): Promise<void>;
}

/**
 * The database is opened, and brought up to date, by `start`; before that and after `stop` every call fails
 * with DEPENDENCY_UNAVAILABLE.
 */
export function catalogueOver(open: () => Promise<OpenCatalogue>): Catalogue {
  let database: (OpenCatalogue & { readonly operations: ReturnType<typeof relationalCatalogue> }) | undefined;

  async function ready() {
    if (database !== undefined) return database.operations;
    throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the catalogue is not started');
  }

  return {
    name: 'catalogue',
    async start() {
      if (database !== undefined) return;
      const opened = await open();
      database = { ...opened, operations: relationalCatalogue(opened) };
    },
    async stop() {
      const closing = database;
      database = undefined;
      await closing?.close();
    },
    readiness: () =>
      database === undefined ? { ready: false, detail: 'the catalogue is not started' } : READY,

    titlesByIds: async (ids) => (await ready()).titlesByIds(ids),
    peopleByIds: async (ids) => (await ready()).peopleByIds(ids),
    genresByIds: async (ids) => (await ready()).genresByIds(ids),
    genres: async () => (await ready()).genres(),
    findTitles: async (query) => (await ready()).findTitles(query),
    titlesByPeople: async (ids, query) => (await ready()).titlesByPeople(ids, query),
    scan: async function* (scanOptions) {
      yield* (await ready()).scan(scanOptions);
    },
    put: async (batch) => (await ready()).put(batch),
    remove: async (ids) => (await ready()).remove(ids),
    count: async () => (await ready()).count(),
  };
}
