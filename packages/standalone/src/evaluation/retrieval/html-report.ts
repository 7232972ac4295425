/** The comparison of models as one HTML file that needs nothing else. */
import { type Estimate, USER_METRIC_NAMES } from '@marquee/training';
import { barChart, escapeHtml, lineChart, scatterChart } from './charts.ts';
import {
  blendNotes,
  type EvaluationReport,
  reportNotes,
  reportTitle,
  tuningNotes,
} from './evaluation-report.ts';

/** Okabe & Ito: told apart also by people who see few colours. */
const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#8a8a00', '#666666'];

const STYLE = `
:root { color-scheme: light dark; --text: #1b1b1f; --faint: #d4d4d8; --page: #fff }
@media (prefers-color-scheme: dark) { :root { --text: #e8e8ec; --faint: #3f3f46; --page: #18181b } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid var(--faint); white-space: nowrap }
th:first-child, td:first-child { text-align: left }
.wide { overflow-x: auto }
small { opacity: .7 }
svg { max-width: 100%; height: auto }
svg text { font: 12px system-ui, sans-serif; fill: var(--text) }
svg .heading { font-weight: 600 }
svg .grid { stroke: var(--faint); fill: none }
svg .interval { stroke: var(--text); stroke-width: 1.5; fill: none }
svg polyline { fill: none; stroke-width: 2 }
${COLOURS.map((colour, i) => `svg .c${i} { fill: ${colour} } svg .s${i} { stroke: ${colour} }`).join('\n')}
`;

export function htmlReport(report: EvaluationReport): string {
  const { results, segments } = report.comparison;
  const series = (i: number): number => i % COLOURS.length;
  const bar = (label: string, estimate: Estimate, i: number) => ({
    label,
    value: estimate.mean,
    lower: estimate.lower,
    upper: estimate.upper,
    series: series(i),
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evaluation: ${escapeHtml(report.protocol)}</title>
<style>${STYLE}</style>
<h1>Evaluation</h1>
<p>${escapeHtml(reportTitle(report))}.</p>
${[...reportNotes(report), ...tuningNotes(report), ...blendNotes(report)].map((note) => `<p><small>${escapeHtml(note)}</small></p>`).join('\n')}
<h2>NDCG@10</h2>
<p>Means over test users with their 95 % bootstrap intervals${report.folds ? '; of several folds, the means of both' : ''}.</p>
${barChart([{ bars: results.map(({ model, metrics }, i) => bar(model, metrics['ndcg@10'], i)) }])}
<h2>Recall by length of the list</h2>
${lineChart(
  results.map(({ model, recallByK }, i) => ({ label: model, values: recallByK, series: series(i) })),
  'k',
)}
<h2>Accuracy and coverage</h2>
<p>Share of the training catalogue in anybody's first ten against NDCG@10.</p>
${scatterChart(
  results.map(({ model, metrics, catalogue }, i) => ({
    label: model,
    x: 100 * catalogue.coverage,
    y: metrics['ndcg@10'].mean,
    series: series(i),
  })),
  { x: 'coverage@10 (%)', y: 'NDCG@10' },
)}
<h2>NDCG@10 by length of history</h2>
${barChart(
  segments.map(({ shortest, longest, users }, segment) => ({
    heading: `${shortest === longest ? longest : `${shortest} to ${longest}`} interactions, ${users.toLocaleString('en-GB')} users`,
    bars: results.map((result, i) => bar(result.model, result.segments[segment]!, i)),
  })),
)}
<h2>All metrics</h2>
<div class="wide">${metricTable(report)}</div>
<h2>Run</h2>
<div class="wide">${settingsTable(report)}</div>
</html>
`;
}

function metricTable({ comparison: { results } }: EvaluationReport): string {
  const estimate = ({ mean, lower, upper }: Estimate): string =>
    `${mean.toFixed(4)} <small>(${lower.toFixed(4)} to ${upper.toFixed(4)})</small>`;
  return table(
    ['metric', ...results.map(({ model }) => escapeHtml(model))],
    [
      ...USER_METRIC_NAMES.map((name) => [name, ...results.map(({ metrics }) => estimate(metrics[name]))]),
      ['gain in NDCG@10 over the first', ...results.map(({ gain }) => estimate(gain))],
      ['coverage@10', ...results.map(({ catalogue }) => `${(100 * catalogue.coverage).toFixed(1)} %`)],
      ['novelty@10 (bits)', ...results.map(({ catalogue }) => catalogue.novelty.toFixed(2))],
      ['diversity@10', ...results.map(({ catalogue }) => catalogue.diversity.toFixed(3))],
      ['Gini@10', ...results.map(({ catalogue }) => catalogue.gini.toFixed(3))],
      ['popularity lift@10', ...results.map(({ catalogue }) => catalogue.popularityLift.toFixed(3))],
      ['training (s)', ...results.map(({ trainingSeconds }) => trainingSeconds.toFixed(1))],
      ['per list (ms)', ...results.map(({ millisecondsPerList }) => millisecondsPerList.toFixed(2))],
    ],
  );
}

function settingsTable({ options, settings, folds = [] }: EvaluationReport): string {
  const assignments = (values: Readonly<Record<string, unknown>>): string =>
    escapeHtml(
      Object.entries(values)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
    );
  return table(
    ['', 'settings'],
    [
      ['protocol', assignments(options)],
      ...Object.entries(settings).map(([model, values]) => [escapeHtml(model), assignments(values)]),
      ...folds.map((fold, i) => [`fold ${i + 1}`, escapeHtml(fold.data)]),
    ],
  );
}

/** Cells are HTML already. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>${cells('th', header)}${rows.map((row) => cells('td', row)).join('\n')}</table>`;
}
