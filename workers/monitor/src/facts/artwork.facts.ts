/** Whether what is logged about the choice of pictures can be learned from, and whether others than the likeliest are shown. */
import type { LakeReader } from '@marquee/event-lake';
import { type Finding, found, withoutData } from '../checks/finding.ts';
import { SLATES } from './day-window.ts';

const LEAST_PLACES = 200;
/** Probabilities are logged in ten-thousandths. */
const TOLERANCE = 1e-6;
const SHAPE = JSON.stringify([{ artwork: { variant: 'INTEGER', probabilities: ['DOUBLE'] } }]);

export async function artwork(reader: LakeReader): Promise<readonly Finding[]> {
  const [row] = await reader.query(`
    SELECT count(*)::INTEGER AS places,
      count(*) FILTER (NOT coalesce(abs(list_sum(choice.probabilities) - 1) <= ${TOLERANCE}
        AND list_min(choice.probabilities) >= 0 AND choice.probabilities[choice.variant + 1] > 0, false))::INTEGER AS wrong,
      count(*) FILTER (choice.probabilities[choice.variant + 1] < list_max(choice.probabilities) - ${TOLERANCE})::INTEGER
        AS tried
    FROM (
      SELECT item.artwork AS choice
      FROM (SELECT unnest(from_json(payload->'items', '${SHAPE}')) AS item FROM ${SLATES} WHERE period = 0 AND NOT degraded)
      WHERE item.artwork IS NOT NULL
    )`);
  const places = Number(row?.places ?? 0);
  if (places < LEAST_PLACES) {
    const detail = `${places} places with a chosen picture: too few`;
    return [withoutData('artwork-propensities', detail), withoutData('artwork-exploration', detail)];
  }
  const [wrong, tried] = [Number(row?.wrong), Number(row?.tried)];
  return [
    found('artwork-propensities', wrong / places, `${wrong} of ${places} places`),
    found('artwork-exploration', tried / places, `${tried} of ${places} places`),
  ];
}
