import { DAY_MS, type DeliveredEvent, type EventPayload, encodeFeatureMatrix } from '@marquee/domain';
import { createEventLake, openLake } from '@marquee/event-lake';
import { RANKING_COLUMNS } from '@marquee/features';
import { silentLogger } from '@marquee/service-kit';
import { eventOf, temporaryFolder } from '@marquee/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { contents, ITEMS, readWindow, SLATES, windowOfDay } from './day-window.ts';
import { featureDrift } from './feature-drift.facts.ts';

const DAY = '2026-03-01';
const AT = Date.parse(`${DAY}T12:00:00Z`);
const ITEMS_PER_SLATE = 300;

type Slate = EventPayload<'SLATE_SERVED'>;

/** As large as they are served: a title's place takes two hundred bytes, its features as many again. */
const largeSlate = (surface: Slate['surface'], number: number): Slate => ({
  ...{ surface, seed: 1, degradations: [], featureNames: [...RANKING_COLUMNS] },
  featureMatrix: encodeFeatureMatrix(
    Array.from({ length: ITEMS_PER_SLATE }, (_, i) =>
      Float32Array.from(RANKING_COLUMNS, (_, c) => Math.sin(number * 7919 + i * 104_729 + c * 1_299_709)),
    ),
    RANKING_COLUMNS.length,
  ),
  items: Array.from({ length: ITEMS_PER_SLATE }, (_, i) => ({
    ...{ titleId: `t${i}`, rowKind: 'GENRE', row: Math.floor(i / 30), position: i % 30, score: 1 / (i + 1) },
    ...{ propensity: 1, sources: ['trending', 'genre-shelf', 'content-similarity'] },
  })),
});

async function lakeOf(events: readonly DeliveredEvent[], memoryMegabytes: number) {
  const folder = temporaryFolder();
  const lake = createEventLake({
    ...{ folder: folder.file('lake'), clock: { now: () => AT }, logger: silentLogger, tickMs: 0 },
    memoryMegabytes: 256,
  });
  await lake.start();
  await lake.open(0);
  for (let from = 0; from < events.length; from += 100) {
    await lake.append(0, events.slice(from, from + 100));
    await lake.flush();
  }
  await lake.stop();
  const reader = await openLake({ folder: folder.file('lake'), memoryMegabytes });
  onTestFinished(async () => {
    await reader.close();
    await folder.remove();
  });
  return reader;
}

const served = (i: number, surface: Slate['surface'] = 'home', at = AT): DeliveredEvent['event'] =>
  eventOf('SLATE_SERVED', largeSlate(surface, i), {
    ...{ occurredAt: at, slateId: `s${i}`, eventId: `slate:s${i}`, profileId: `p${i % 7}` },
  });

test('takes apart more large slates than fit into memory at once, those of home pages, each once', async () => {
  const home = Array.from({ length: 400 }, (_, i) => served(i, 'home', i % 2 === 0 ? AT : AT - DAY_MS));
  const more = [
    ...home.slice(0, 20),
    ...Array.from({ length: 20 }, (_, i) => served(1_000 + i, 'watch-next')),
  ];
  const events = [...home, ...more].map((event, i) => ({ sequence: i + 1, event }));
  const reader = await lakeOf(events, 160);
  await readWindow(reader, windowOfDay(DAY));
  expect(
    await reader.query(
      `SELECT count(*)::INTEGER AS n, count(DISTINCT slate_id)::INTEGER AS slates FROM ${SLATES}`,
    ),
  ).toEqual([{ n: 400, slates: 400 }]);
  expect(
    await reader.query(
      `SELECT period, count(*)::INTEGER AS items FROM ${ITEMS} GROUP BY ALL ORDER BY period`,
    ),
  ).toEqual([
    { period: 0, items: 200 * ITEMS_PER_SLATE },
    { period: 1, items: 200 * ITEMS_PER_SLATE },
  ]);
  expect((await contents(reader)).length).toBeGreaterThan(2);
  const { findings, columns } = await featureDrift(reader);
  expect(columns.map(({ column }) => column).sort()).toEqual([...RANKING_COLUMNS].sort());
  expect(findings.map(({ status }) => status)).toEqual(['ok', 'ok']);
}, 120_000);
