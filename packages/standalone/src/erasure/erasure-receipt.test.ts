import { truncateSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { manualClock } from '@marquee/domain';
import { createEventLake, type LakeReader, openLake, repairLake } from '@marquee/event-lake';
import { createMaterialiser, createTitleTable } from '@marquee/features';
import { createLakeWriter } from '@marquee/lake-writer';
import { erasureKey } from '@marquee/recommendation';
import { isMarqueeError, silentLogger, startAll, stopAll } from '@marquee/service-kit';
import { eventOf, SAMPLE_INSTANT, sampleTitles, temporaryFolder } from '@marquee/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { embeddedDeps, type MarqueeDeps } from '../deps.ts';
import { type ErasureReceipt, makeErasureReceipt } from './erasure-receipt.ts';
import { receiptText } from './receipt-text.ts';

const clock = manualClock(SAMPLE_INSTANT);
let folder: ReturnType<typeof temporaryFolder>;
let deps: MarqueeDeps;

beforeEach(async () => {
  folder = temporaryFolder();
  deps = embeddedDeps({ folder: folder.path, clock, logger: silentLogger, rankerThreads: 1 });
  await mkdir(folder.file('models'), { recursive: true });
  await startAll([deps.store, deps.profiles, deps.bus], silentLogger);
});
afterEach(async () => {
  await stopAll([deps.store, deps.profiles, deps.bus], silentLogger, 5_000);
  await folder.remove();
});

const happened = (profileId: string, at = SAMPLE_INSTANT - 5_000) =>
  ['title-1', 'title-2'].map((titleId) =>
    eventOf('PLAY_STOP', { titleId, watchedSeconds: 900 }, { profileId, occurredAt: at, receivedAt: at }),
  );
const erased = (profileId: string) =>
  eventOf('PROFILE_ERASED', {}, { profileId, occurredAt: SAMPLE_INSTANT, receivedAt: SAMPLE_INSTANT });

/** Everything of the log into what requests read. */
async function project(): Promise<void> {
  const materialiser = createMaterialiser({
    store: deps.store,
    titles: createTitleTable(sampleTitles(3)),
  });
  for await (const batch of deps.bus.replay()) {
    await materialiser.apply(batch);
    await deps.profiles.apply(batch);
    for (const { sequence, event } of batch) {
      if (event.type !== 'PROFILE_ERASED') continue;
      const value = Buffer.from(JSON.stringify({ sequence, at: event.occurredAt }));
      await deps.store.putMany([{ key: erasureKey(event.profileId), value }]);
    }
  }
}

/** Everything of the log into the lake, unless the writer has no time to write any of it before it ends. */
async function intoLake({ endsAtOnce = false } = {}): Promise<void> {
  const lake = createEventLake({
    ...{ folder: folder.file('lake'), memoryMegabytes: 128, clock, logger: silentLogger, tickMs: 0 },
    ...(endsAtOnce && { limits: { closeWithinMs: 0 } }),
  });
  const writer = createLakeWriter({ bus: deps.bus, lake, logger: silentLogger });
  await startAll([lake, writer], silentLogger);
  const sequence = await deps.bus.lastSequence();
  expect(await writer.settled({ sequence, partition: 0 }, 10_000)).toBe(true);
  if (!endsAtOnce) await lake.flush();
  await stopAll([lake, writer], silentLogger, 5_000);
}

async function filesOfLake(): Promise<LakeReader['files']> {
  const reader = await openLake({ folder: folder.file('lake'), memoryMegabytes: 128 });
  await reader.close();
  return reader.files;
}

const receiptOf = (profileId: string): Promise<ErasureReceipt> =>
  makeErasureReceipt(
    {
      ...deps,
      lakeFolder: folder.file('lake'),
      modelsFolder: folder.file('models'),
      trainingSetsFolder: folder.file('training-sets'),
    },
    profileId,
  );
const states = ({ places }: ErasureReceipt) =>
  Object.fromEntries(places.map(({ place, state }) => [place, state]));

describe('the receipt of an erasure', () => {
  it('says of every place that nothing is left once everybody has been there', async () => {
    await deps.bus.publish([...happened('ada'), ...happened('bob')]);
    await project();
    await intoLake();
    const [ack] = await deps.bus.publish([erased('ada')]);
    await project();
    await intoLake();
    await deps.bus.purgeProfile('ada', { beforeSequence: ack!.sequence });
    const receipt = await receiptOf('ada');
    expect(states(receipt)).toEqual({
      'event log': 'gone',
      profiles: 'gone',
      'feature views': 'gone',
      're-engagement': 'gone',
      slates: 'unreadable',
      'event lake': 'gone',
      spools: 'unreadable',
      'response caches': 'unreadable',
    });
    expect(receipt).toMatchObject({ complete: true, models: [], trainingSets: [] });
    expect(receiptText(receipt)).toContain('Complete.');
  }, 60_000);

  it('names who has not been there yet, and changes when they have', async () => {
    await deps.bus.publish(happened('ada'));
    await project();
    await intoLake();
    const [ack] = await deps.bus.publish([erased('ada')]);
    const before = await receiptOf('ada');
    expect(before.complete).toBe(false);
    expect(states(before)).toMatchObject({
      'event log': 'left',
      profiles: 'left',
      'feature views': 'follows',
      slates: 'follows',
      'event lake': 'follows',
    });
    expect(before.places.find(({ place }) => place === 'event lake')?.left).toBe(2);
    await project();
    await deps.bus.purgeProfile('ada', { beforeSequence: ack!.sequence });
    expect(states(await receiptOf('ada'))).toMatchObject({ 'event log': 'gone', 'event lake': 'follows' });
    await intoLake();
    expect(await receiptOf('ada')).toMatchObject({ complete: true });
  }, 60_000);

  it('is not complete after a writer that ended before it was through, and is when the next one was', async () => {
    await deps.bus.publish(happened('ada'));
    await intoLake();
    const [ack] = await deps.bus.publish([erased('ada')]);
    await project();
    await deps.bus.purgeProfile('ada', { beforeSequence: ack!.sequence });
    await intoLake({ endsAtOnce: true });
    expect(states(await receiptOf('ada'))).toMatchObject({ 'event lake': 'follows' });
    await intoLake();
    expect(states(await receiptOf('ada'))).toMatchObject({ 'event lake': 'gone' });
  }, 60_000);

  it('says that nobody knows while files of the lake cannot be read, and what was left once they are repaired', async () => {
    await deps.bus.publish([...happened('ada'), ...happened('bob')]);
    await intoLake();
    const [damaged, ...others] = await filesOfLake();
    expect(others).toEqual([]);
    truncateSync(folder.file(`lake/${damaged!.path}`), 40);
    const [ack] = await deps.bus.publish([erased('ada')]);
    await project();
    await deps.bus.purgeProfile('ada', { beforeSequence: ack!.sequence });
    await intoLake();
    const receipt = await receiptOf('ada');
    expect(receipt.complete).toBe(false);
    const ofLake = receipt.places.find(({ place }) => place === 'event lake');
    expect(ofLake).toMatchObject({ state: 'follows', detail: expect.stringContaining(damaged!.path) });
    expect(ofLake!.detail).toContain('npm run lake -- repair');
    expect(
      receipt.places.filter(({ place }) => place !== 'event lake').map(({ state }) => state),
    ).not.toContain('left');

    const [repaired] = await repairLake({
      ...{ folder: folder.file('lake'), partitions: deps.bus.partitions, clock, memoryMegabytes: 128 },
      // Of the file's rows those of the life before are gone from the log, rightly.
      acceptLoss: true,
      log: (afterSequence) => deps.bus.replay({ afterSequence }),
    });
    expect(repaired).toMatchObject({ rows: 4, found: 2, erased: 1, repaired: true });
    expect(await receiptOf('ada')).toMatchObject({ complete: true });
    expect((await filesOfLake()).reduce((sum, { rows }) => sum + rows, 0)).toBe(3);
  }, 60_000);

  it('does not take a new life for what is left of the old one', async () => {
    await deps.bus.publish([...happened('ada'), erased('ada'), ...happened('ada', SAMPLE_INSTANT + 1_000)]);
    await project();
    await intoLake();
    const receipt = await receiptOf('ada');
    expect(states(receipt)).toMatchObject({
      profiles: 'gone',
      'feature views': 'gone',
      'event lake': 'gone',
    });
    // Nobody has purged the log in this test.
    expect(states(receipt)['event log']).toBe('left');
  }, 60_000);

  it('is refused for a profile that was never erased', async () => {
    await deps.bus.publish(happened('bob'));
    await expect(receiptOf('bob')).rejects.toSatisfy((error) => isMarqueeError(error, 'NOT_FOUND'));
  });
});
