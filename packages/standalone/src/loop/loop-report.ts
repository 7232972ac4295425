/** What the closed loop did, as a page with plots: one file, nothing to fetch. */
import { escapeHtml, lineChart } from '../evaluation/retrieval/charts.ts';
import { TRIED_IMPRESSIONS } from './day-measures.ts';
import type { LoopResult } from './loop-result.ts';
import { type ArmComparison, compareArms, type Verdict, verdicts } from './loop-tables.ts';
import type { LoopDay } from './run-arm.ts';

const PLOTS = [
  ['Expected minutes watched of a page', ({ expectedMinutes }: LoopDay) => expectedMinutes],
  [
    'Regret: minutes that the best page would have been worth more',
    ({ regretMinutes }: LoopDay) => regretMinutes,
  ],
  ['Coverage: per cent of the catalogue that was seen', ({ coverage }: LoopDay) => coverage * 100],
  ['Gini of impressions', ({ gini }: LoopDay) => gini],
  [
    `New titles: per cent of those that came in which were seen ${TRIED_IMPRESSIONS} times or more`,
    ({ arrived }: LoopDay) => (arrived?.tried ?? 0) * 100,
  ],
] as const;

export function loopReport(result: LoopResult): string {
  const { arms } = result;
  const plots = PLOTS.map(([title, of]) => {
    const lines = arms.map(({ name, days }, series) => ({ label: name, series, values: days.map(of) }));
    return `<h2>${title}</h2>${lineChart(lines, 'day')}`;
  });
  const meanings = arms.map(
    ({ name, meaning }) => `<li><b>${escapeHtml(name)}</b>: ${escapeHtml(meaning)}</li>`,
  );
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>The closed loop</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2733}
table{border-collapse:collapse;font-size:13px;margin:1rem 0}td,th{border-bottom:1px solid #dde3ea;padding:.25rem .6rem;text-align:left;vertical-align:top}
svg{max-width:100%;height:auto;font:12px system-ui,sans-serif}.grid{stroke:#e4e9ef;fill:none}
rect.c0,circle.c0{fill:#1f6feb}path.c0,polyline.c0{stroke:#1f6feb}rect.c1,circle.c1{fill:#d1571f}path.c1,polyline.c1{stroke:#d1571f}
rect.c2,circle.c2{fill:#2a8f5b}path.c2,polyline.c2{stroke:#2a8f5b}rect.c3,circle.c3{fill:#8250b8}path.c3,polyline.c3{stroke:#8250b8}
path.c0,path.c1,path.c2,path.c3,polyline{fill:none;stroke-width:2}.stopped{color:#b3261e}
</style>
<h1>The closed loop</h1>
<p>${result.visitsPerDay} visits a day of ${result.profiles} simulated viewers with ${result.historyDays} days of history, ranker ${escapeHtml(result.algorithm)}, seed ${result.seed}, code ${escapeHtml(result.codeVersion)}, ${escapeHtml(result.startedAt)}.
Clients use the GraphQL API and nothing else. What a page is worth is known from the simulator's ground truth, which nothing that serves or learns sees.</p>
<ul>${meanings.join('')}</ul>
${plots.join('\n')}
${arms.length > 1 ? comparisonsTable(compareArms(result)) : ''}
${verdictsTable(verdicts(result))}
${arms.map(({ name, days }) => `<h2>${escapeHtml(name)}: what happened</h2>${daysTable(days)}`).join('\n')}
</html>
`;
}

function comparisonsTable(comparisons: readonly ArmComparison[]): string {
  const said = ({ minutes, lower, upper }: ArmComparison['all']): string =>
    `${minutes.toFixed(1)} (${lower.toFixed(1)} to ${upper.toFixed(1)})`;
  const rows = comparisons.map((each) =>
    cellsOf([`${each.arm} against ${each.against}`, said(each.all), said(each.later)]),
  );
  return `<h2>Arms beside each other</h2><p>Minutes that a page is worth more, by the truth; the same viewers came at the same hours.
An arm is worth what its viewers have not watched yet, so a single arm falls from day to day.</p>
<table><tr><th></th><th>all days (95 %)</th><th>later half (95 %)</th></tr>${rows.join('')}</table>`;
}

function verdictsTable(all: readonly Verdict[]): string {
  if (all.length === 0) return '';
  const rows = all.map(({ plant, arm, day, stoppedBy, stoppedOn, why }) =>
    cellsOf([plant, arm, String(day), stoppedBy ?? 'nobody', String(stoppedOn ?? ''), why]),
  );
  const heads = ['planted', 'arm', 'on day', 'stopped by', 'on day', 'because'];
  return `<h2>What was planted</h2><table><tr>${heads.map((head) => `<th>${head}</th>`).join('')}</tr>${rows.join('')}</table>`;
}

function cellsOf(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
}

function daysTable(days: readonly LoopDay[]): string {
  const rows = days.map((day) => {
    const moves = day.moves.map(
      ({ kind, version, from, to, why }) =>
        `<div${kind === 'reject' ? ' class="stopped"' : ''}>${escapeHtml(version)}: ${escapeHtml(`${from ?? 'new'} → ${to}, ${why}`)}</div>`,
    );
    const cells = [
      String(day.day),
      day.expectedMinutes.toFixed(1),
      day.watchedMinutes.toFixed(1),
      day.regretMinutes.toFixed(1),
      `${(day.coverage * 100).toFixed(1)} %`,
      day.gini.toFixed(3),
      day.training === undefined
        ? 'none'
        : [{ ...day.training, line: 'ranking' }, ...day.retrained]
            .map(
              ({ line, state, durationSeconds }) =>
                `${line} ${state}, ${(durationSeconds ?? 0).toFixed(0)} s`,
            )
            .join('; '),
    ];
    return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}<td>${moves.join('')}</td></tr>`;
  });
  const heads = [
    'day',
    'expected min',
    'watched min',
    'regret min',
    'coverage',
    'Gini',
    'training',
    'moves of models',
  ];
  return `<table><tr>${heads.map((head) => `<th>${head}</th>`).join('')}</tr>${rows.join('')}</table>`;
}
