/** What was measured, as Markdown. */
import { median } from '../closed-loop.ts';
import type { Handover } from './handover.ts';
import { type Cell, CPU_PARTS } from './measurement.ts';
import type { MutationTimes } from './mutations.ts';
import type { Verdict } from './verdict.ts';

/** Medians over the runs of each cell, with the worst p99 beside, because a median of p99 hides the bad run. */
export function ingestionTable(cells: readonly Cell[]): string {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const key = `${cell.consumers} × ${cell.rate ?? 'max'}`;
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  const rows = [...groups.values()].map((runs) => {
    const of = (pick: (cell: Cell) => number): string => round(median(runs.map(pick)));
    const worst = (pick: (cell: Cell) => number): string => round(Math.max(...runs.map(pick)));
    const { consumers, rate } = runs[0]!;
    return [
      consumers,
      rate ?? 'max',
      of((cell) => cell.perSecond),
      `${of((cell) => cell.acknowledged.p50)} / ${of((cell) => cell.acknowledged.p99)}`,
      `${of((cell) => cell.told.p50)} / ${of((cell) => cell.told.p99)}`,
      `${of((cell) => cell.visible.p50)} / ${of((cell) => cell.visible.p99)} (${worst((cell) => cell.visible.p99)})`,
      of((cell) => cell.projected.p99),
      `${of((cell) => cell.lag)} (${of((cell) => cell.drainedMs)} ms)`,
      of((cell) => cell.countedMs),
      ...CPU_PARTS.map((part) => of((cell) => cell.cpu[part])),
    ];
  });
  return table(
    [
      'consumers',
      'rate',
      'events/s',
      'acknowledged p50 / p99 ms',
      'told p50 / p99 ms',
      'visible p50 / p99 (worst run) ms',
      'projected p99 ms',
      'lag at end',
      'counts right after ms',
      ...CPU_PARTS.map((part) => `${part} CPU-ms per 1,000`),
    ],
    rows,
  );
}

export function handoverTable(handovers: readonly Handover[]): string {
  return table(
    ['what happens', 'events/s', 'slowest before ms', 'slowest after, by partition, ms'],
    handovers.map(({ how, rate, beforeMs, slowestMs }) => [
      how,
      rate,
      round(beforeMs),
      slowestMs.map(round).join(', '),
    ]),
  );
}

export function verdictText({ impressionsSent, impressionsServed, values, different }: Verdict): string {
  const shown = different.slice(0, 10).join(', ');
  return [
    `Impressions acknowledged ${impressionsSent}, in the served counts ${impressionsServed}.`,
    `${values} stored values against a replay of the log: ${different.length} differ${shown === '' ? '' : ` (${shown})`}.`,
  ].join('\n');
}

export function mutationTable(times: readonly MutationTimes[]): string {
  return table(
    [
      'clients',
      'mutations',
      'answer p50 / p99 ms',
      'home after p50 / p99 ms',
      'not reflected in the next home',
    ],
    times.map(({ clients, mutations, answer, home, stale }) => [
      clients,
      mutations,
      `${round(answer.p50)} / ${round(answer.p99)}`,
      `${round(home.p50)} / ${round(home.p99)}`,
      stale.length === 0 ? 0 : `${stale.length} (${stale.join('; ')})`,
    ]),
  );
}

export function round(value: number): string {
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1);
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
