import { createSqliteCatalogue } from '@marquee/catalogue/sqlite';
import { CATALOGUE_PARTITION, manualClock, type Title } from '@marquee/domain';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import { CONTENT_DIMENSIONS, createTitleTable, embedTitle } from '@marquee/features';
import { silentLogger } from '@marquee/service-kit';
import { eventOf, SAMPLE_INSTANT, sampleTitle, sampleTitles, temporaryFolder } from '@marquee/testkit';
import { createExactVectorIndex } from '@marquee/vector-index/exact';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCatalogueIndexer } from './catalogue-indexer.ts';
import { loadTitleTable } from './load-title-table.ts';

async function world(titlesAtStart: readonly Title[]) {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const clock = manualClock(SAMPLE_INSTANT);
  const logger = silentLogger;
  const catalogue = createSqliteCatalogue({ file: folder.file('catalogue.sqlite'), clock, logger });
  const bus = createSqliteEventBus({ file: folder.file('events.sqlite'), clock, logger });
  const vectorIndex = createExactVectorIndex({ dimensions: CONTENT_DIMENSIONS, logger });
  const titles = createTitleTable();
  const indexer = createCatalogueIndexer({ bus, catalogue, vectorIndex, titles, logger, clock });
  const parts = [catalogue, bus, vectorIndex];
  for (const part of parts) await part.start();
  onTestFinished(async () => {
    await indexer.stop();
    for (const part of parts.reverse()) await part.stop();
  });
  const genres = ['drama', 'comedy', 'thriller', 'documentary', 'animation', 'western'].map((id) => ({
    id,
    name: id,
  }));
  const people = Array.from({ length: 9 }, (_, i) => ({ id: `person-${i}`, name: `Person ${i}` }));
  await catalogue.put({ genres, people, titles: titlesAtStart });
  const say = async (type: 'TITLE_CHANGED' | 'TITLE_REMOVED', titleId: string): Promise<void> => {
    const [ack] = await bus.publish([eventOf(type, { titleId }, { profileId: CATALOGUE_PARTITION })]);
    expect(await indexer.settled(ack!.sequence, 5_000)).toBe(true);
  };
  return { catalogue, bus, vectorIndex, titles, indexer, clock, say };
}

describe('the catalogue indexer', () => {
  it('knows the whole catalogue once it is started', async () => {
    const { vectorIndex, titles, indexer } = await world(sampleTitles(20));
    expect(indexer.readiness().ready).toBe(false);
    await indexer.start();
    expect(titles.size).toBe(20);
    expect(await vectorIndex.count()).toBe(20);
    const [vector] = await vectorIndex.vectors(['title-3']);
    expect([...vector!]).toEqual([...embedTitle(sampleTitles(3)[2]!)]);
    expect(indexer.readiness().ready).toBe(true);
  });

  it('follows titles that change, come and go', async () => {
    const { catalogue, vectorIndex, titles, indexer, say } = await world(sampleTitles(3));
    await indexer.start();
    await catalogue.put({
      titles: [sampleTitle({ id: 'title-1', genreIds: ['western'] }), sampleTitle({ id: 'new' })],
    });
    await say('TITLE_CHANGED', 'title-1');
    await say('TITLE_CHANGED', 'new');
    expect(titles.titlesOfGenre('western')).toEqual(['title-1']);
    expect(titles.has('new')).toBe(true);
    await catalogue.remove(['title-2']);
    await say('TITLE_REMOVED', 'title-2');
    expect(titles.has('title-2')).toBe(false);
    expect(await vectorIndex.vectors(['title-2', 'new'])).toEqual([undefined, expect.any(Float32Array)]);
  });

  it('believes the catalogue, not the event: a late removal of a title that is back does no harm', async () => {
    const { titles, indexer, say } = await world(sampleTitles(2));
    await indexer.start();
    await say('TITLE_REMOVED', 'title-1');
    expect(titles.has('title-1')).toBe(true);
  });

  it('keeps what changes while a new collection is being filled', async () => {
    const { catalogue, vectorIndex, titles, indexer, say, clock } = await world(sampleTitles(1_200));
    await indexer.start();
    const before = await vectorIndex.liveVersion();
    clock.advance(1_000);
    const rebuilt = indexer.rebuild();
    expect(indexer.rebuild()).toBe(rebuilt);
    await catalogue.put({ titles: [sampleTitle({ id: '0-first-in-order' })] });
    await say('TITLE_CHANGED', '0-first-in-order');
    expect(await rebuilt).not.toBe(before);
    expect(await vectorIndex.liveVersion()).toBe(await rebuilt);
    expect(await vectorIndex.count()).toBe(1_201);
    expect(titles.has('0-first-in-order')).toBe(true);
  });
});

describe('loadTitleTable', () => {
  it('drops what the catalogue no longer has', async () => {
    const { catalogue } = await world(sampleTitles(3));
    const table = createTitleTable([sampleTitle({ id: 'gone' })]);
    expect((await loadTitleTable(catalogue, table)).has('gone')).toBe(false);
    expect(table.size).toBe(3);
  });
});
