/** Examples with a known truth: genre affinity makes people watch, the more the later of two places is theirs the less; long films are watched longer. */
import { createRandom, DAY_MS } from '@marquee/domain';
import { RANKING_COLUMNS } from '@marquee/features';
import { SAMPLE_INSTANT } from '@marquee/testkit';
import { EXAMPLE_KIND, type RankingExamples, rankingExamples } from '../ranking-examples.ts';

export const AFFINITY = RANKING_COLUMNS.indexOf('genre_affinity_max');
export const RUNTIME = RANKING_COLUMNS.indexOf('runtime_hours');
export const POPULARITY = RANKING_COLUMNS.indexOf('popularity_30d');

/** Positives with four random negatives each, over thirty days. */
export function madeExamples(groups: number, seed: number): RankingExamples {
  const random = createRandom(seed);
  // Of its own, so that a new column changes nothing of what there is to learn.
  const noise = random.fork('noise');
  const columns = RANKING_COLUMNS.length;
  const rows = groups * 5;
  const matrix = new Float32Array(rows * columns);
  const labels = new Float32Array(rows);
  const watchSeconds = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const x = matrix.subarray(row * columns, (row + 1) * columns);
    for (let c = 0; c < columns; c++) x[c] = noise.normal(0, 0.3);
    x[RUNTIME] = 0.5 + 2 * random.next();
    const positive = row % 5 === 0;
    labels[row] = Number(positive);
    // An interaction that no line can follow: affinity counts for popular titles alone.
    x[POPULARITY] = random.next() < 0.5 ? 0 : 3;
    x[AFFINITY] = positive && x[POPULARITY] === 3 ? 0.6 + random.normal(0, 0.3) : random.normal(0, 0.4);
    const givenUp = positive && random.next() < 0.35;
    watchSeconds[row] = positive ? (givenUp ? 150 : 3_600 * x[RUNTIME]! * (0.5 + 0.5 * random.next())) : 0;
  }
  const at = Float64Array.from(
    { length: rows },
    (_, row) =>
      SAMPLE_INSTANT - 30 * DAY_MS + Math.floor(row / 5) * (Math.floor((30 * DAY_MS) / groups) || 1),
  );
  return rankingExamples({
    ...{ matrix, rows, labels, watchSeconds, at },
    groups: Uint32Array.from({ length: rows }, (_, row) => Math.floor(row / 5)),
    kinds: new Uint8Array(rows).fill(EXAMPLE_KIND.drawn),
    places: new Float32Array(rows).fill(Number.NaN),
    from: at[0]!,
    to: at.at(-1)!,
  });
}
