/** A watch counts as much as it says about an order that was not its page's. */
import { createRandom } from '@marquee/domain';
import { RANKING_COLUMNS } from '@marquee/features';
import { expect, it } from 'vitest';
import { choicesOf } from './choices.ts';
import { examinationWeights } from './examination-weights.ts';
import { fitPlaceEffect } from './fit-line.ts';
import { EXAMPLE_KIND, PLACES_PER_ROW, rankingExamples } from './ranking-examples.ts';

const ALONG_ROW = 0.85;
const DOWN_PAGE = 0.7;

/** Pages of five places in each of three rows, titles alike: what is watched is watched because it was looked at. */
function pages(count: number) {
  const random = createRandom(4);
  const rows: { place: number; watched: boolean; group: number }[] = [];
  for (let group = 0; group < count; group++) {
    const all = Array.from({ length: 15 }, (_, i) => Math.floor(i / 5) * PLACES_PER_ROW + (i % 5));
    const lookedAt = all.map(
      (place) => DOWN_PAGE ** Math.floor(place / PLACES_PER_ROW) * ALONG_ROW ** (place % PLACES_PER_ROW),
    );
    let draw = random.next() * lookedAt.reduce((sum, each) => sum + each, 0);
    const chosen = lookedAt.findIndex((each) => {
      draw -= each;
      return draw < 0;
    });
    rows.push({ place: all[chosen]!, watched: true, group });
    for (const [i, place] of all.entries()) if (i !== chosen) rows.push({ place, watched: false, group });
  }
  const columns = RANKING_COLUMNS.length;
  return rankingExamples({
    ...{
      rows: rows.length,
      matrix: Float32Array.from({ length: rows.length * columns }, () => random.next()),
    },
    labels: Float32Array.from(rows, ({ watched }) => Number(watched)),
    groups: Uint32Array.from(rows, ({ group }) => group),
    places: Float32Array.from(rows, ({ place }) => place),
    kinds: Uint8Array.from(rows, ({ watched }) => (watched ? EXAMPLE_KIND.drawn : EXAMPLE_KIND.passedOver)),
    ...{ from: 0, to: 1 },
  });
}

it('finds from pages how seldom a place is looked at', async () => {
  const effect = await fitPlaceEffect(choicesOf(pages(3_000)));
  expect(Math.abs(effect.row - Math.log(DOWN_PAGE))).toBeLessThan(0.08);
  expect(Math.abs(effect.position - Math.log(ALONG_ROW))).toBeLessThan(0.05);
});

it('gives the order of the page that was logged no advantage over another', () => {
  const set = pages(600);
  const weights = examinationWeights(set, { row: Math.log(DOWN_PAGE), position: Math.log(ALONG_ROW) });
  /** Where on their pages titles were watched, on average. */
  const watchedAt = (weightOf: (row: number) => number): number => {
    let [sum, all] = [0, 0];
    for (let row = 0; row < set.rows; row++) {
      if (set.labels[row]! < 0.5) continue;
      sum += weightOf(row) * set.places![row]!;
      all += weightOf(row);
    }
    return sum / all;
  };
  // Titles are alike, so they are worth the same wherever they stand: in the middle, in the mean.
  const middle = PLACES_PER_ROW + 2;
  expect(middle - watchedAt(() => 1)).toBeGreaterThan(2);
  expect(Math.abs(middle - watchedAt((row) => weights[row]!))).toBeLessThan(0.6);
});

it('is the same for all rows of a group, bounded, and one for what was found elsewhere', () => {
  const set = {
    ...{ rows: 5, groups: Uint32Array.of(0, 0, 1, 1, 2), labels: Float32Array.of(1, 0, 0, 1, 1) },
    places: Float32Array.of(23, 0, 0, Number.NaN, 90),
  };
  const weights = examinationWeights(set, { row: -0.5, position: -0.1 });
  expect(weights[0]).toBeCloseTo(Math.exp(1.3), 5);
  expect(weights[1]).toBe(weights[0]);
  expect([...weights.slice(2)]).toEqual([1, 1, 4]);
});
