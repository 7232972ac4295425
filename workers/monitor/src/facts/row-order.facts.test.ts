import { DAY_MS, type EventPayload } from '@marquee/domain';
import { eventOf } from '@marquee/testkit';
import { expect, test } from 'vitest';
import { AT, dayOfSlates } from '../test/day-of-slates.ts';
import { rowOrder } from './row-order.facts.ts';

type RowOrder = NonNullable<EventPayload<'SLATE_SERVED'>['rowOrder']>;
type Place = RowOrder['places'][number];

const place = (parts: Partial<Place> = {}): Place => ({
  row: 3,
  rowKind: 'TRENDING',
  propensity: 0.9,
  options: [
    { rowKind: 'TRENDING', probability: 0.9 },
    { rowKind: 'GENRE', probability: 0.1 },
  ],
  ...parts,
});
const tried = place({ rowKind: 'GENRE', propensity: 0.1 });

async function findingsOf(orders: readonly (RowOrder | undefined)[], at = AT) {
  const events = orders.map((order, i) => {
    const payload: EventPayload<'SLATE_SERVED'> = {
      ...{ surface: 'home', seed: 1, degradations: [], featureNames: [], featureMatrix: '', items: [] },
      ...(order !== undefined && { rowOrder: order }),
    };
    return eventOf('SLATE_SERVED', payload, { occurredAt: at, slateId: `s${i}`, eventId: `slate:s${i}` });
  });
  const reader = await dayOfSlates(events, at);
  const [propensities, exploration] = await rowOrder(reader);
  return { propensities: propensities!, exploration: exploration! };
}

const orders = (count: number, places: readonly Place[], holdout = false): RowOrder[] =>
  Array.from({ length: count }, () => ({ holdout, places: [...places] }));

test('a day of valid propensities of which one in ten was tried is as it should be', async () => {
  const found = await findingsOf([...orders(90, [place()]), ...orders(10, [tried]), undefined]);
  expect(found.propensities).toMatchObject({ status: 'ok', value: 0 });
  expect(found.exploration).toMatchObject({ status: 'ok', value: 0.1 });
});

test.each([
  ['do not sum to one', place({ options: [{ rowKind: 'TRENDING', probability: 0.9 }] })],
  ['are not those of what stands there', place({ propensity: 0.5 })],
  ['leave out what stands there', place({ rowKind: 'EDITORIAL' })],
])('probabilities that %s alert', async (_, wrong) => {
  const found = await findingsOf([...orders(150, [place()]), ...orders(1, [wrong])]);
  expect(found.propensities).toMatchObject({ status: 'alert', detail: '1 of 151 places' });
});

test('an order that is never tried alerts; the held out and other days are no part of it', async () => {
  const never = await findingsOf([
    ...orders(150, [place({ propensity: 0.9 })]),
    ...orders(50, [tried], true),
  ]);
  expect(never.exploration).toMatchObject({ status: 'alert', detail: '0 of 150 places' });
  const earlier = await findingsOf(orders(150, [tried]), AT - DAY_MS);
  expect(earlier.propensities.status).toBe('no-data');
  expect(earlier.exploration.status).toBe('no-data');
});
