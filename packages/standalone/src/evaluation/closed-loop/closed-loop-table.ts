/** A closed loop as tables, for the terminal and for documents. */
import { markdownTable } from '../markdown-table.ts';
import type { ClosedLoopResult, LoopResult } from './closed-loop.ts';
import type { CurvePoint } from './cold-start.ts';
import type { DissectionResult, ShareOfPlaces } from './dissection.ts';

export function closedLoopTables(result: ClosedLoopResult): string {
  const { results, profiles, days, titles, newProfiles, newTitles, seed } = result;
  return [
    `${days} simulated days, ${profiles.toLocaleString('en-GB')} viewers (${newProfiles} of them new), ${titles.toLocaleString('en-GB')} titles (${newTitles} arriving on the first day), seed ${seed}`,
    '',
    markdownTable(
      [
        'pages by',
        'sessions',
        'expected watch per session (s)',
        `against ${results[0]!.recommender} (95 %)`,
        'watched per session (s)',
        'coverage',
        'of whole pages',
        'Gini',
        'degraded pages',
      ],
      results.map((r, i) => [
        r.recommender,
        r.sessions.toLocaleString('en-GB'),
        `${r.expectedSeconds.mean.toFixed(0)} (${r.expectedSeconds.lower.toFixed(0)} to ${r.expectedSeconds.upper.toFixed(0)})`,
        i === 0 ? '' : `${signed(r.change.mean)} (${signed(r.change.lower)} to ${signed(r.change.upper)})`,
        r.watchedSeconds.toFixed(0),
        `${(100 * r.coverage).toFixed(1)} %`,
        `${(100 * r.coverageOfPages).toFixed(1)} %`,
        r.gini.toFixed(2),
        String(r.degraded),
      ]),
    ),
    '',
    'New viewers: share of the oracle’s expected watch time, by qualified watches so far (pages)',
    '',
    curves(
      results,
      (r) => r.newProfiles,
      (mean) => `${(100 * mean).toFixed(0)} %`,
    ),
    '',
    'New titles: worth to those they were shown to, of their worth to everybody, by impressions so far (showings)',
    '',
    curves(
      results,
      (r) => r.newTitles,
      (mean) => `${mean.toFixed(2)} ×`,
      (r) => `${r.newTitlesShown}`,
    ),
    '',
    ...results.flatMap(({ recommender, dissection }) =>
      dissection === undefined ? [] : dissectionTables(recommender, dissection),
    ),
  ].join('\n');
}

function dissectionTables(
  recommender: string,
  { stages, rows, sources }: DissectionResult,
): readonly string[] {
  const share = (seconds: number): string => `${((100 * seconds) / stages.catalogue).toFixed(0)} %`;
  const lines: readonly (readonly [string, number])[] = [
    ['the page as served', stages.page],
    ['the ranking’s first titles', stages.ranking],
    [`the best of the pool (${stages.poolSize.toFixed(0)} candidates)`, stages.pool],
    ['the best of all titles', stages.catalogue],
  ];
  return [
    `What first screens would be worth, ${recommender} (${stages.pages.toLocaleString('en-GB')} pages)`,
    '',
    markdownTable(
      ['first screens of', 'expected watch per session (s)', 'of the best'],
      lines.map(([name, seconds]) => [name, seconds.toFixed(0), share(seconds)]),
    ),
    '',
    placesTable('row', rows),
    '',
    placesTable('source', sources),
    '',
  ];
}

function placesTable(of: string, shares: readonly ShareOfPlaces[]): string {
  return markdownTable(
    [of, 'share of first screens', 'expected watch of a title there (s)'],
    shares.map(({ name, share, seconds }) => [name, `${(100 * share).toFixed(1)} %`, seconds.toFixed(0)]),
  );
}

function curves(
  results: readonly LoopResult[],
  curveOf: (result: LoopResult) => readonly CurvePoint[],
  format: (mean: number) => string,
  titlesShown?: (result: LoopResult) => string,
): string {
  const points = curveOf(results[0]!);
  const classes = points.map(({ from }, i) => {
    const next = points[i + 1]?.from;
    return next === undefined ? `${from} and more` : next === from + 1 ? `${from}` : `${from} to ${next - 1}`;
  });
  return markdownTable(
    ['pages by', ...classes, ...(titlesShown ? ['titles shown'] : [])],
    results.map((result) => [
      result.recommender,
      ...curveOf(result).map(({ count, mean }) => (count === 0 ? '' : `${format(mean)} (${count})`)),
      ...(titlesShown ? [titlesShown(result)] : []),
    ]),
  );
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(0)}`;
}
