import type { EventPayload } from '@marquee/domain';
import { eventOf } from '@marquee/testkit';
import { expect, test } from 'vitest';
import { AT, dayOfSlates } from '../test/day-of-slates.ts';
import { artwork } from './artwork.facts.ts';

type Item = EventPayload<'SLATE_SERVED'>['items'][number];

const item = (choice?: Item['artwork']): Item => ({
  ...{ titleId: 't', rowKind: 'TOP_PICKS', row: 1, position: 0, score: 1, propensity: 1, sources: [] },
  ...(choice && { artwork: choice }),
});
const likeliest = item({ variant: 1, probabilities: [0.2, 0.8] });
const other = item({ variant: 0, probabilities: [0.2, 0.8] });

async function findingsOf(items: readonly Item[]) {
  const payload: EventPayload<'SLATE_SERVED'> = {
    ...{ surface: 'home', seed: 1, degradations: [], featureNames: [], featureMatrix: '' },
    items: [...items],
  };
  const reader = await dayOfSlates([eventOf('SLATE_SERVED', payload, { occurredAt: AT, slateId: 's' })]);
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
