/** Whether what is logged about the choice of pictures can be learned from, and whether others than the likeliest are shown. */
import type { LakeReader } from '@marquee/event-lake';
import { type Finding, found, withoutData } from '../checks/finding.ts';
import { ITEMS, SLATES } from './day-window.ts';

const LEAST_PLACES = 200;
/** Probabilities are logged in ten-thousandths. */
const TOLERANCE = 1e-6;

export async function artwork(reader: LakeReader): Promise<readonly Finding[]> {
  const [row] = await reader.query(`
    SELECT count(*)::INTEGER AS places,
      count(*) FILTER (NOT coalesce(abs(list_sum(choice.probabilities) - 1) <= ${TOLERANCE}
        AND list_min(choice.probabilities) >= 0 AND choice.probabilities[choice.variant + 1] > 0, false))::INTEGER AS wrong,
      count(*) FILTER (choice.probabilities[choice.variant + 1] < list_max(choice.probabilities) - ${TOLERANCE})::INTEGER
        AS tried
    FROM (
      SELECT artwork AS choice FROM ${ITEMS}
      WHERE period = 0 AND artwork IS NOT NULL AND slate_id IN (SELECT slate_id FROM ${SLATES} WHERE period = 0 AND NOT degraded)
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
