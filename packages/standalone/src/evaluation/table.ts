/** The evaluation as a table for the terminal and for documents. */
import type { EvaluationResult } from './evaluate.ts';
import { markdownTable } from './markdown-table.ts';

export function evaluationTable(title: string, result: EvaluationResult): string {
  const hasTruth = result.results.some((r) => r.trueSeconds10 !== undefined);
  const rows = result.results.map((r, i) => [
    r.ranker,
    r.ndcg10.toFixed(4),
    i === 0 ? '' : `${signed(r.gain.mean)} (${signed(r.gain.lower)} to ${signed(r.gain.upper)})`,
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
  ].join('\n');
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
}
