/** Slates are most of a lake: with their features a page is a hundred kilobytes. Reading them must not take memory by their number. */
import {
  type DeliveredEvent,
  EVENT_SCHEMA_VERSION,
  type MarqueeEvent,
  MINUTE_MS,
  manualClock,
} from '@marquee/domain';
import { createEventLake, createPlaces, openLake, replayLake } from '@marquee/event-lake';
import { createTitleTable } from '@marquee/features';
import { silentLogger } from '@marquee/service-kit';
import { sampleTitles, temporaryFolder } from '@marquee/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { DEFAULT_SETTINGS } from '../build-options.ts';
import { readLoggedFeatures } from '../features/logged-features.ts';
import { sampleLoggedRows } from '../parity/sample-logged-rows.ts';
import { DECISIONS } from './decisions.sql.ts';
import { planDecisions } from './plan-decisions.ts';

const NOW = Date.UTC(2026, 2, 1);
const SLATES = 240;
const ITEMS = 230;
const FEATURE_BYTES = 60_000;
/** Half of what trainings have by default; items of all slates side by side took more than twice that. */
const MEMORY_MEGABYTES = 128;

it('a day of pages is planned and replayed within bounded memory', async () => {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const clock = manualClock(NOW);
  const titles = sampleTitles(ITEMS);
  const lake = createEventLake({
    ...{ folder: folder.path, clock, logger: silentLogger, tickMs: 0, memoryMegabytes: 256 },
  });
  await lake.start();
  await lake.open(0);
  const events = Array.from({ length: SLATES }, (_, i) => pageOf(i, titles)).flat();
  for (let from = 0; from < events.length; from += 40) {
    const piece = events.slice(from, from + 40);
    const delivered = piece.map((event, i): DeliveredEvent => ({ sequence: from + i + 1, event }));
    await lake.append(0, delivered);
    await lake.flush();
  }
  await lake.stop();

  const reader = await openLake({ folder: folder.path, memoryMegabytes: MEMORY_MEGABYTES });
  onTestFinished(() => reader.close());
  const { decisions } = await planDecisions(reader, createTitleTable(titles), {
    ...DEFAULT_SETTINGS,
    seed: 1,
  });
  // Of the latest a day has not passed.
  expect(decisions.length).toBe(SLATES - 144);
  const [first] = decisions;
  expect(first!.slate).toMatchObject({
    surface: 'home',
    item: 0,
    rowKind: 'TOP_PICKS',
    sources: ['trending'],
  });
  // The matrices hold no floats: that each slate was read is what counts.
  expect((await readLoggedFeatures(reader, [{ slateId: 'none', item: 0 }])).rows.size).toBe(0);
  let replayed = 0;
  for await (const batch of replayLake(reader, { types: ['IMPRESSION'], slateMarks: DECISIONS })) {
    replayed += batch.length;
  }
  expect(replayed).toBe(2 * SLATES);

  await createPlaces(reader);
  const { notCompared } = await sampleLoggedRows(reader, { rows: 300, seed: 1 });
  expect(notCompared).toMatchObject({ degraded: 0, 'other-columns': 300 });
}, 120_000);

function pageOf(i: number, titles: ReturnType<typeof sampleTitles>): readonly MarqueeEvent[] {
  const at = NOW - (SLATES - i) * 10 * MINUTE_MS;
  const envelope = {
    ...{ schemaVersion: EVENT_SCHEMA_VERSION, occurredAt: at, receivedAt: at, profileId: `p${i % 50}` },
    ...{ slateId: `slate-${i}` },
  };
  const items = titles.map(({ id }, position) => ({
    ...{ titleId: id, rowKind: 'TOP_PICKS', row: 0, position, score: null, propensity: 1 },
    sources: ['trending'],
  }));
  const payload = {
    ...{ surface: 'home', seed: 1, degradations: [], items, featureNames: ['nothing'] },
    featureMatrix: Buffer.alloc(FEATURE_BYTES, `${i}-`).toString('base64'),
  };
  const shown = { titleId: titles[0]!.id, device: 'TV' };
  return [
    { ...envelope, eventId: `s-${i}`, type: 'SLATE_SERVED', payload },
    { ...envelope, eventId: `i-${i}`, type: 'IMPRESSION', row: 0, position: 0, payload: shown },
  ] as unknown as readonly MarqueeEvent[];
}
