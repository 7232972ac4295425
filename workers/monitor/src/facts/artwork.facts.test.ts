import type { DeliveredEvent, EventPayload } from '@marquee/domain';
import { createEventLake, openLake } from '@marquee/event-lake';
import { silentLogger } from '@marquee/service-kit';
import { eventOf, temporaryFolder } from '@marquee/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { artwork } from './artwork.facts.ts';
import { readWindow, windowOfDay } from './day-window.ts';

const DAY = '2026-03-01';
const AT = Date.parse(`${DAY}T12:00:00Z`);
type Item = EventPayload<'SLATE_SERVED'>['items'][number];

const item = (choice?: Item['artwork']): Item => ({
  ...{ titleId: 't', rowKind: 'TOP_PICKS', row: 1, position: 0, score: 1, propensity: 1, sources: [] },
  ...(choice && { artwork: choice }),
});
const likeliest = item({ variant: 1, probabilities: [0.2, 0.8] });
const other = item({ variant: 0, probabilities: [0.2, 0.8] });

async function findingsOf(items: readonly Item[]) {
  const folder = temporaryFolder();
  const lake = createEventLake({
    folder: folder.file('lake'),
    clock: { now: () => AT },
    logger: silentLogger,
    tickMs: 0,
    memoryMegabytes: 64,
  });
  await lake.start();
  await lake.open(0);
  const event = eventOf(
    'SLATE_SERVED',
    {
      ...{ surface: 'home', seed: 1, degradations: [], featureNames: [], featureMatrix: '' },
      items: [...items],
    },
    { occurredAt: AT, slateId: 's' },
  );
  await lake.append(0, [{ sequence: 1, event } as DeliveredEvent]);
  await lake.stop();
  const reader = await openLake({ folder: folder.file('lake') });
  onTestFinished(async () => {
    await reader.close();
    await folder.remove();
  });
  await readWindow(reader, windowOfDay(DAY));
  const [propensities, exploration] = await artwork(reader);
  return { propensities: propensities!, exploration: exploration! };
}

const times = (count: number, one: Item): Item[] => Array.from({ length: count }, () => one);

test('a day of valid propensities of which one place in five was tried is as it should be', async () => {
  const found = await findingsOf([...times(240, likeliest), ...times(60, other), ...times(500, item())]);
  expect(found.propensities).toMatchObject({ status: 'ok', value: 0, detail: '0 of 300 places' });
  expect(found.exploration).toMatchObject({ status: 'ok', value: 0.2 });
});

test.each([
  ['do not sum to one', { variant: 1, probabilities: [0.3, 0.8] }],
  ['leave none to what is shown', { variant: 0, probabilities: [0, 1] }],
  ['do not know what is shown', { variant: 2, probabilities: [0.5, 0.5] }],
])('probabilities that %s alert', async (_, wrong) => {
  const found = await findingsOf([...times(250, likeliest), item(wrong)]);
  expect(found.propensities).toMatchObject({ status: 'alert', detail: '1 of 251 places' });
});

test('pictures that are never tried alert, too few say nothing', async () => {
  expect((await findingsOf(times(250, likeliest))).exploration.status).toBe('alert');
  expect((await findingsOf(times(20, likeliest))).exploration.status).toBe('no-data');
});
