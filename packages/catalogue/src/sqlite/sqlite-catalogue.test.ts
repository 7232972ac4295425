import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualClock } from '@marquee/domain';
import { silentLogger } from '@marquee/service-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GENRES, PEOPLE, sampleTitle } from '../contract/sample-titles.ts';
import { describeCatalogueContract } from '../contract.ts';
import { createSqliteCatalogue } from './index.ts';

const clock = manualClock(1_700_000_000_000);
let folder: string;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marquee-catalogue-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const inFile = (file = join(folder, `${files++}.sqlite`)) =>
  createSqliteCatalogue({ file, clock, logger: silentLogger, separateReader: true });

describeCatalogueContract('SQLite in memory', async () =>
  createSqliteCatalogue({ file: ':memory:', clock, logger: silentLogger }),
);
describeCatalogueContract('SQLite in a file, with a reader of its own', async () => inFile());

it('keeps titles and their search index from start to start', async () => {
  const file = join(folder, 'kept.sqlite');
  const first = inFile(file);
  await first.start();
  await first.put({ genres: GENRES, people: PEOPLE, titles: [sampleTitle('a', { name: 'Vertigo' })] });
  await first.stop();
  const second = inFile(file);
  await second.start();
  expect(await second.count()).toBe(1);
  expect((await second.findTitles({ search: 'verti', first: 1 })).titles).toHaveLength(1);
  await second.stop();
});

it('reads while a large batch is being written', async () => {
  const catalogue = inFile();
  await catalogue.start();
  await catalogue.put({ genres: GENRES, titles: [sampleTitle('before')] });
  let written = false;
  const writing = catalogue
    .put({ titles: Array.from({ length: 5_000 }, (_, i) => sampleTitle(`t${i}`, { genreIds: ['drama'] })) })
    .then(() => {
      written = true;
    });
  const [title] = await catalogue.titlesByIds(['before']);
  expect(title?.id).toBe('before');
  expect(written).toBe(false);
  // All of the batch or none of it: nothing shows before the commit.
  expect(await catalogue.count()).toBe(1);
  await writing;
  expect(await catalogue.count()).toBe(5_001);
  await catalogue.stop();
});
