/** The comparison of models as a table for the terminal and for documents. */
import type { Estimate, ModelResult } from '@marquee/training';
import { markdownTable } from '../markdown-table.ts';
import {
  blendNotes,
  type EvaluationReport,
  reportNotes,
  reportTitle,
  tuningNotes,
} from './evaluation-report.ts';

const COLUMNS: readonly { readonly name: string; readonly cell: (result: ModelResult) => string }[] = [
  { name: 'model', cell: ({ model }) => model },
  { name: 'NDCG@10 (95 %)', cell: ({ metrics }) => withInterval(metrics['ndcg@10']) },
  { name: 'recall@10', cell: ({ metrics }) => metrics['recall@10'].mean.toFixed(4) },
  { name: 'recall@50 (95 %)', cell: ({ metrics }) => withInterval(metrics['recall@50']) },
  { name: 'hit rate@10', cell: ({ metrics }) => metrics['hit-rate@10'].mean.toFixed(4) },
  { name: 'MRR@10', cell: ({ metrics }) => metrics['mrr@10'].mean.toFixed(4) },
  { name: 'MAP@10', cell: ({ metrics }) => metrics['map@10'].mean.toFixed(4) },
  { name: 'coverage@10', cell: ({ catalogue }) => `${(100 * catalogue.coverage).toFixed(1)} %` },
  { name: 'novelty@10 (bits)', cell: ({ catalogue }) => catalogue.novelty.toFixed(2) },
  { name: 'diversity@10', cell: ({ catalogue }) => catalogue.diversity.toFixed(2) },
  { name: 'Gini@10', cell: ({ catalogue }) => catalogue.gini.toFixed(2) },
  { name: 'popularity lift@10', cell: ({ catalogue }) => catalogue.popularityLift.toFixed(2) },
];

export function retrievalTable(report: EvaluationReport): string {
  const { folds = [] } = report;
  const { results } = report.comparison;
  const byFold = results.map(({ model }, i) => {
    const figures = folds.map(({ comparison }) => comparison.results[i]!.metrics['ndcg@10'].mean.toFixed(4));
    return `  NDCG@10 by fold, ${model}: ${figures.join(' ')}`;
  });
  return [
    reportTitle(report),
    '',
    markdownTable(
      COLUMNS.map(({ name }) => name),
      results.map((result) => COLUMNS.map(({ cell }) => cell(result))),
    ),
    '',
    ...(folds.length > 0 ? byFold : []),
    ...[...reportNotes(report), ...tuningNotes(report), ...blendNotes(report)].map((note) => `  ${note}`),
    `  recall@1000: ${results.map(({ model, metrics }) => `${model} ${metrics['recall@1000'].mean.toFixed(4)}`).join(', ')}`,
    `  training: ${results.map(({ model, trainingSeconds }) => `${model} ${trainingSeconds.toFixed(1)} s`).join(', ')}`,
    '',
  ].join('\n');
}

function withInterval({ mean, lower, upper }: Estimate): string {
  return `${mean.toFixed(4)} (${lower.toFixed(4)} to ${upper.toFixed(4)})`;
}
