import { createSqliteCatalogue } from '@marquee/catalogue/sqlite';
import { CATALOGUE_PARTITION, manualClock, type Title } from '@marquee/domain';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import { silentLogger } from '@marquee/service-kit';
import { eventOf, SAMPLE_INSTANT, sampleTitle, sampleTitles, temporaryFolder } from '@marquee/testkit';
import { createExactVectorIndex } from '@marquee/vector-index/exact';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createTitleTable } from '../create-title-table.ts';
import { embedTitle } from '../embed-title.ts';
import { CONTENT_DIMENSIONS } from '../index.ts';
import { loadTitleTable } from './load-title-table.ts';
import { createTitleFollower } from './title-follower.ts';
import { titleLoader } from './title-loader.ts';
import { createVectorFollower } from './vector-follower.ts';

async function world(titlesAtStart: readonly Title[]) {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const clock = manualClock(SAMPLE_INSTANT);
  const logger = silentLogger;
  const catalogue = createSqliteCatalogue({ file: folder.file('catalogue.sqlite'), clock, logger });
  const bus = createSqliteEventBus({ file: folder.file('events.sqlite'), clock, logger });
  const vectorIndex = createExactVectorIndex({ dimensions: CONTENT_DIMENSIONS, logger });
  const titles = createTitleTable();
  const follower = createTitleFollower({ bus, catalogue, titles });
  const indexer = createVectorFollower({ bus, catalogue, vectorIndex, logger, clock });
  const startBoth = async () => {
    await indexer.start();
    await follower.start();
  };
  const parts = [catalogue, bus, vectorIndex];
  for (const part of parts) await part.start();
  onTestFinished(async () => {
    await follower.stop();
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
    expect(await indexer.settled(ack!, 5_000)).toBe(true);
    expect(await follower.settled(ack!, 5_000)).toBe(true);
  };
  return { catalogue, bus, vectorIndex, titles, indexer, follower, startBoth, clock, say };
}

describe('following the catalogue', () => {
  it('knows the whole catalogue once it is started', async () => {
    const { vectorIndex, titles, indexer, startBoth } = await world(sampleTitles(20));
    expect(indexer.readiness().ready).toBe(false);
    await startBoth();
    expect(titles.size).toBe(20);
    expect(await vectorIndex.count()).toBe(20);
    const [vector] = await vectorIndex.vectors(['title-3']);
    expect([...vector!]).toEqual([...embedTitle(sampleTitles(3)[2]!)]);
    expect(indexer.readiness().ready).toBe(true);
  });

  it('follows titles that change, come and go', async () => {
    const { catalogue, vectorIndex, titles, startBoth, say } = await world(sampleTitles(3));
    await startBoth();
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
    const { titles, startBoth, say } = await world(sampleTitles(2));
    await startBoth();
    await say('TITLE_REMOVED', 'title-1');
    expect(titles.has('title-1')).toBe(true);
  });

  it('keeps what changes while a new collection is being filled', async () => {
    const { catalogue, vectorIndex, titles, indexer, startBoth, say, clock } = await world(
      sampleTitles(1_200),
    );
    await startBoth();
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

describe('titleLoader', () => {
  it('brings what is missing into the table, and asks once for what nobody knows', async () => {
    const { catalogue, titles } = await world(sampleTitles(3));
    let reads = 0;
    const counting = {
      ...catalogue,
      titlesByIds: (ids: readonly string[]) => {
        reads++;
        return catalogue.titlesByIds(ids);
      },
    };
    const load = titleLoader(counting, titles);
    await load(['title-2', 'nobody']);
    expect([titles.has('title-2'), titles.has('title-1')]).toEqual([true, false]);
    await load(['title-2', 'nobody']);
    expect(reads).toBe(1);
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
