/**
 * Reads the catalogue ahead, in the background, so that a process that has just started can already do without it: home
 * pages name titles that this process may never have been asked for.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Catalogue, MAX_IDS } from '@marquee/catalogue';
import type { Title } from '@marquee/domain';
import { type Component, type Logger, READY } from '@marquee/service-kit';
import { type ContentCaches, MAX_LAST_KNOWN } from './loaders.ts';

export interface CatalogueMemoryDeps {
  readonly catalogue: Catalogue;
  readonly caches: ContentCaches;
  readonly logger: Logger;
}

const BATCH = 500;
/** Between two batches: requests come first. */
const PAUSE_MS = 20;
/** What nobody asks for is read anew so often. */
const REFRESH_MS = 10 * 60_000;

export function createCatalogueMemory({ catalogue, caches, logger }: CatalogueMemoryDeps): Component {
  let stopping = new AbortController();
  let reading: Promise<void> = Promise.resolve();

  async function readAhead(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await readAll(signal);
      } catch (error) {
        // What was known stays known.
        logger.warn({ err: error }, 'the catalogue could not be read ahead');
      }
      await pause(REFRESH_MS, signal);
    }
  }

  async function readAll(signal: AbortSignal): Promise<void> {
    let titlesRead = 0;
    for (const genre of await catalogue.genres()) caches.genres.keepLastKnown(genre);
    for await (const titles of catalogue.scan({ batchSize: BATCH })) {
      for (const title of titles) caches.titles.keepLastKnown(title);
      await readPeople(titles);
      titlesRead += titles.length;
      if (titlesRead >= MAX_LAST_KNOWN || signal.aborted) return;
      await pause(PAUSE_MS, signal);
    }
  }

  /** Of a card; the casts of title pages would be most of the people. */
  async function readPeople(titles: readonly Title[]): Promise<void> {
    const directors = [...new Set(titles.flatMap(({ directorIds }) => directorIds))];
    for (let i = 0; i < directors.length; i += MAX_IDS) {
      for (const person of await catalogue.peopleByIds(directors.slice(i, i + MAX_IDS))) {
        if (person !== undefined) caches.people.keepLastKnown(person);
      }
    }
  }

  return {
    name: 'catalogue-memory',
    async start() {
      stopping = new AbortController();
      reading = readAhead(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await reading;
    },
    readiness: () => READY,
  };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return delay(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
}
