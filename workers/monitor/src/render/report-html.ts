/** The report as one HTML file that needs nothing else. */
import { THRESHOLDS } from '../checks/thresholds.ts';
import type { DailyReport } from '../make-daily-report.ts';
import { writtenBounds, writtenValue } from './values.ts';

const STYLE = `
:root { color-scheme: light dark; --text: #1b1b1f; --faint: #d4d4d8; --page: #fff; --ok: #00735a; --warn: #a35c00; --alert: #b3261e }
@media (prefers-color-scheme: dark) { :root { --text: #e8e8ec; --faint: #3f3f46; --page: #18181b; --ok: #4cd2a8; --warn: #ffb54c; --alert: #ff8a80 } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 64rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100% }
th, td { padding: .3rem .6rem; text-align: left; border-bottom: 1px solid var(--faint); vertical-align: top }
td.n { text-align: right; white-space: nowrap }
.ok { color: var(--ok) } .warn { color: var(--warn) } .alert { color: var(--alert); font-weight: 600 } .no-data { opacity: .6 }
small { opacity: .7; display: block }
.wide { overflow-x: auto }
svg { max-width: 100%; height: auto } svg text { font: 12px system-ui, sans-serif; fill: var(--text) }
svg .axis { stroke: var(--faint); fill: none } svg .line { stroke: #0072b2; fill: none; stroke-width: 2 } svg .dot { fill: #0072b2 } svg .ideal { stroke: var(--text); stroke-dasharray: 4 4; opacity: .5 }
`;

export function reportHtml(report: DailyReport): string {
  const findings = report.findings.map(({ check, status, value, detail }) => {
    const { title, meaning, runbook } = THRESHOLDS[check];
    return `<tr class="row"><td><span class="${status}">${status}</span></td><td>${escaped(title)}<small>${escaped(meaning)}</small></td>
<td class="n">${escaped(writtenValue(check, value))}</td><td class="n">${escaped(writtenBounds(check))}</td><td>${escaped(detail)}<small>${runbook}</small></td></tr>`;
  });
  const columns = report.columns.map(
    ({ column, drift, mean, referenceMean, raisesAlarm }) =>
      `<tr><td>${escaped(column)}${raisesAlarm ? '' : '<small>moves by itself</small>'}</td>${[
        drift,
        mean,
        referenceMean,
      ]
        .map((value) => `<td class="n">${value.toPrecision(4)}</td>`)
        .join('')}</tr>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Monitor: ${report.from.slice(0, 10)}</title>
<style>${STYLE}</style>
<h1>Monitor: ${report.from.slice(0, 10)}</h1>
<p>${report.from} to ${report.to}: <strong class="${report.status}">${report.status}</strong></p>
<div class="wide"><table><tr><th></th><th>check</th><th>value</th><th>alerts at</th><th>what stands behind it</th></tr>
${findings.join('\n')}
</table></div>
${calibrationPart(report)}
${columns.length === 0 ? '' : `<h2>Features</h2><p>PSI beyond chance, and means of the day and of the days before.</p><div class="wide"><table><tr><th>feature</th><th>drift</th><th>mean</th><th>before</th></tr>${columns.join('\n')}</table></div>`}
</html>
`;
}

const SIZE = 320;
const EDGE = 40;

/** Predicted against seen, by tenths of the predictions. */
function calibrationPart({ calibration }: DailyReport): string {
  if (calibration === undefined || calibration.bins.length === 0) return '';
  const most = Math.max(
    1e-6,
    ...calibration.bins.flatMap(({ predicted, observed }) => [predicted, observed]),
  );
  const x = (value: number): string => (EDGE + (value / most) * SIZE).toFixed(1);
  const y = (value: number): string => (EDGE / 2 + SIZE - (value / most) * SIZE).toFixed(1);
  const points = calibration.bins.map(({ predicted, observed }) => [x(predicted), y(observed)] as const);
  return `<h2>Calibration</h2><p>Of ${calibration.count} seen titles: ${calibration.expected.toFixed(1)} watches expected, ${calibration.observed} seen; mean error ${calibration.error.toFixed(4)}.</p>
<svg viewBox="0 0 ${SIZE + 2 * EDGE} ${SIZE + 2 * EDGE}" width="${SIZE + 2 * EDGE}" role="img" aria-label="Predicted against observed share of watches">
<rect class="axis" x="${EDGE}" y="${EDGE / 2}" width="${SIZE}" height="${SIZE}"/>
<line class="ideal" x1="${x(0)}" y1="${y(0)}" x2="${x(most)}" y2="${y(most)}"/>
<polyline class="line" points="${points.map((point) => point.join(',')).join(' ')}"/>
${points.map(([cx, cy]) => `<circle class="dot" cx="${cx}" cy="${cy}" r="4"/>`).join('')}
<text x="${EDGE}" y="${SIZE + EDGE}">predicted 0 to ${most.toPrecision(2)}</text><text x="4" y="12">seen</text>
</svg>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
