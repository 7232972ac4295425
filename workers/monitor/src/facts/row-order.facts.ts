/**
 * Whether what is logged about the order of rows can be learned from: the probabilities of what could have stood at a place sum to
 * one, what stands there has the propensity it was drawn with, and not only the best known is ever shown.
 */
import type { LakeReader } from '@marquee/event-lake';
import { type Finding, found, withoutData } from '../checks/finding.ts';
import { SLATES } from './day-window.ts';

const LEAST_PLACES = 100;
const TOLERANCE = 1e-6;
const SHAPE = JSON.stringify([
  {
    row: 'INTEGER',
    rowKind: 'VARCHAR',
    propensity: 'DOUBLE',
    options: [{ rowKind: 'VARCHAR', probability: 'DOUBLE' }],
  },
]);

export async function rowOrder(reader: LakeReader): Promise<readonly Finding[]> {
  const [row] = await reader.query(`
    SELECT count(*)::INTEGER AS places,
      count(*) FILTER (NOT coalesce(abs(total - 1) <= ${TOLERANCE} AND abs(own - propensity) <= ${TOLERANCE}
        AND propensity > 0 AND least >= 0, false))::INTEGER AS wrong,
      count(*) FILTER (propensity < highest - ${TOLERANCE})::INTEGER AS tried
    FROM (
      SELECT place.propensity AS propensity,
        list_sum(list_transform(place.options, option -> option.probability)) AS total,
        list_max(list_transform(place.options, option -> option.probability)) AS highest,
        list_min(list_transform(place.options, option -> option.probability)) AS least,
        list_sum(list_transform(list_filter(place.options, option -> option.rowKind = place.rowKind),
          option -> option.probability)) AS own
      FROM (
        SELECT unnest(from_json(row_order->'places', '${SHAPE}')) AS place
        FROM ${SLATES} WHERE period = 0 AND NOT degraded AND (row_order->>'holdout') = 'false'
      )
    )`);
  const places = Number(row?.places ?? 0);
  if (places < LEAST_PLACES) {
    const detail = `${places} places for rows that were learned: too few`;
    return [withoutData('row-order-propensities', detail), withoutData('row-order-exploration', detail)];
  }
  const [wrong, tried] = [Number(row?.wrong), Number(row?.tried)];
  return [
    found('row-order-propensities', wrong / places, `${wrong} of ${places} places`),
    found('row-order-exploration', tried / places, `${tried} of ${places} places`),
  ];
}
