/** The comparison as tables for people. */

import type { Cell, Comparison, Traffic } from './comparison.ts';
import { APOLLO } from './contenders.ts';

const TITLES: Readonly<Record<Traffic, string>> = {
  distinct: 'no two requests alike under way: nothing to deduplicate',
  identical: 'all requests alike: in-flight deduplication where a gateway has it',
};

const HEAD = [
  '| gateway | fetches | KB | CPU-ms per request | of plain Apollo | requests/s | p50 ms | p99 ms | MB | failed | answers |',
  '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|',
];

export function comparisonTables({ cells }: Comparison): string {
  const groups = Map.groupBy(cells, ({ scenario, traffic }) => `${scenario}\n${traffic}`);
  return [...groups.values()]
    .map((group) => {
      const [{ scenario, traffic }] = group as [Cell];
      const apollo = group.find(({ gateway }) => gateway === APOLLO);
      return [`### ${scenario}: ${TITLES[traffic]}`, '', ...HEAD, ...group.map((cell) => row(cell, apollo))];
    })
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function row(cell: Cell, apollo: Cell | undefined): string {
  const cells = [
    cell.gateway,
    cell.fetches.toFixed(cell.fetches % 1 === 0 ? 0 : 1),
    cell.kilobytes.toFixed(1),
    cell.cpuMs.toFixed(2),
    apollo === undefined ? '' : (cell.cpuMs / apollo.cpuMs).toFixed(2),
    cell.perSecond.toFixed(0),
    cell.p50.toFixed(1),
    cell.p99.toFixed(1),
    cell.residentMb.toFixed(0),
    cell.failed,
    cell.answers,
  ];
  return `| ${cells.join(' | ')} |`;
}
