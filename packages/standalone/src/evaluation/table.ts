/** The evaluation as a table for the terminal and for documents. */
import type { Ablation, EvaluationResult } from './evaluate.ts';
import { markdownTable } from './markdown-table.ts';
import type { Change } from './measure-ranking.ts';
import { MERGED, POOL } from './source-tally.ts';

export function evaluationTable(title: string, result: EvaluationResult): string {
  const hasTruth = result.results.some((r) => r.trueSeconds10 !== undefined);
  const rows = result.results.map((r, i) => [
    r.ranker,
    r.ndcg10.toFixed(4),
    i === 0 ? '' : interval(r.gain),
    r.recall50.toFixed(4),
    `${(100 * r.coverage10).toFixed(1)} %`,
    r.novelty10.toFixed(2),
    ...(hasTruth ? [(r.trueSeconds10 ?? Number.NaN).toFixed(0)] : []),
  ]);
  const header = [
    'ranking',
    'NDCG@10',
    'gain over popularity (95 %)',
    'recall@50',
    'coverage@10',
    'novelty@10 (bits)',
    ...(hasTruth ? ['true watch@10 (s)'] : []),
  ];
  return [
    `${title}, ${result.protocol} holdout: ${result.profiles.toLocaleString('en-GB')} profiles, ${result.trainEvents.toLocaleString('en-GB')} training events, ${result.titles.toLocaleString('en-GB')} titles`,
    '',
    markdownTable(header, rows),
    '',
    sourcesTable(result),
    '',
    ...comparisonTables(result),
  ].join('\n');
}

/** What each source finds, and how much of the ranking it has a part in. */
function sourcesTable({ sources, profiles }: EvaluationResult): string {
  return markdownTable(
    ['source', 'profiles', 'proposals', `recall`, 'share of first 50', 'by it alone'],
    sources.map((source) => [
      source.source === MERGED ? `${MERGED}, first ${POOL.toLocaleString('en-GB')}` : source.source,
      `${((100 * source.profiles) / Math.max(1, profiles)).toFixed(0)} %`,
      source.proposals.toFixed(0),
      source.recall.toFixed(4),
      `${(100 * source.shareOfTop).toFixed(1)} %`,
      source.source === MERGED ? '' : `${(100 * source.shareAlone).toFixed(1)} %`,
    ]),
  );
}

function comparisonTables({ ablations }: EvaluationResult): readonly string[] {
  return (['ranker', 'pre-ranking', 'without'] as const).flatMap((kind) => {
    const rows = ablations.filter((ablation) => ablation.kind === kind);
    return rows.length === 0 ? [] : [comparisonTable(rows), ''];
  });
}

/** Against the home pipeline as it is served. */
function comparisonTable(rows: readonly Ablation[]): string {
  const hasTruth = rows.some(({ trueSecondsChange }) => trueSecondsChange !== undefined);
  return markdownTable(
    [
      'home pipeline',
      'NDCG@10',
      'change (95 %)',
      'recall@50',
      'change (95 %)',
      'coverage@10',
      ...(hasTruth ? ['true watch@10 (s)', 'change (95 %)'] : []),
      ...(rows[0]?.surviving === undefined ? [] : ['of the first 40 left']),
    ],
    rows.map((ablation) => [
      ablation.ranker,
      ablation.ndcg10.toFixed(4),
      interval(ablation.ndcgChange),
      ablation.recall50.toFixed(4),
      interval(ablation.recallChange),
      `${(100 * ablation.coverage10).toFixed(1)} %`,
      ...(ablation.trueSecondsChange === undefined
        ? []
        : [(ablation.trueSeconds10 ?? Number.NaN).toFixed(0), interval(ablation.trueSecondsChange, 0)]),
      ...(ablation.surviving === undefined ? [] : [`${(100 * ablation.surviving).toFixed(1)} %`]),
    ]),
  );
}

function interval({ mean, lower, upper }: Change, digits = 4): string {
  return `${signed(mean, digits)} (${signed(lower, digits)} to ${signed(upper, digits)})`;
}

function signed(value: number, digits: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
}
