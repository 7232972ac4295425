/** The evaluation as a table for the terminal and for documents. */
import type { Change, EvaluationResult } from './evaluate.ts';
import { markdownTable } from './markdown-table.ts';
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
    ...(result.ablations.length === 0 ? [] : [ablationsTable(result), '']),
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

function ablationsTable({ ablations }: EvaluationResult): string {
  return markdownTable(
    ['home pipeline', 'NDCG@10', 'change (95 %)', 'recall@50', 'change (95 %)', 'coverage@10'],
    ablations.map((ablation) => [
      ablation.ranker,
      ablation.ndcg10.toFixed(4),
      interval(ablation.ndcgChange),
      ablation.recall50.toFixed(4),
      interval(ablation.recallChange),
      `${(100 * ablation.coverage10).toFixed(1)} %`,
    ]),
  );
}

function interval({ mean, lower, upper }: Change): string {
  return `${signed(mean)} (${signed(lower)} to ${signed(upper)})`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
}
