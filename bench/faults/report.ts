/** The campaign's outcome for people: one table of what clients got, one of times and events. */
import type { Row } from './rows.ts';

export function table(rows: readonly Row[]): string {
  return `${service(rows)}\n\n${recovery(rows)}\n\n${notes(rows)}`;
}

function service(rows: readonly Row[]): string {
  return markdown(
    [
      'fault',
      's',
      'homes',
      'success',
      'full',
      'step served',
      'shed',
      'in flight',
      'failed',
      'refused first',
      'p50 ms',
      'p99 ms',
      'writes',
      'told instead',
      'write p99 ms',
      'verdict',
    ],
    rows.map(({ fault, lasted, homes, writes, verdict }) => [
      fault,
      lasted.toFixed(1),
      `${homes.asked}`,
      `${(homes.successRate * 100).toFixed(2)} %`,
      share(homes.full, homes.asked),
      tallied(homes.steps),
      `${homes.shed}`,
      `${homes.inFlight}`,
      `${homes.failed}`,
      `${homes.refusedFirst}`,
      homes.p50.toFixed(0),
      homes.p99.toFixed(0),
      `${writes.accepted}/${writes.tries}`,
      tallied(writes.told),
      Number.isNaN(writes.p99) ? '–' : writes.p99.toFixed(0),
      verdict,
    ]),
  );
}

function recovery(rows: readonly Row[]): string {
  return markdown(
    [
      'fault',
      'detected s',
      'first full page s',
      'all pages full s',
      'all well s',
      'events sent',
      'acknowledged',
      'lost',
      'recovered',
      'stored twice',
      'counted twice',
      'unreflected',
      'not ready meanwhile',
    ],
    rows.map(({ fault, events, ...row }) => [
      fault,
      figure(row.detected),
      figure(row.firstFullPage),
      figure(row.pagesWhole),
      figure(row.allWell),
      ...[events.sent, events.acknowledged, events.lost, events.recovered].map(String),
      ...[events.storedTwice, events.countedTwice, events.unreflected].map(String),
      Object.keys(row.unready).join(', ') || '–',
    ]),
  );
}

function notes(rows: readonly Row[]): string {
  return rows
    .filter(({ verdict }) => verdict === 'fail')
    .map(({ fault, reasons, homes }) =>
      [`${fault}: ${reasons.join('; ')}`, ...homes.examples.map((one) => `  ${one}`)].join('\n'),
    )
    .join('\n');
}

function markdown(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}

function share(part: number, all: number): string {
  return all === 0 ? '–' : `${((part / all) * 100).toFixed(0)} %`;
}

function tallied(counts: Readonly<Record<string, number>>): string {
  return (
    Object.entries(counts)
      .sort(([, a], [, b]) => b - a)
      .map(([what, times]) => `${what} ${times}`)
      .join(', ') || '–'
  );
}

function figure(seconds: number | undefined): string {
  return seconds === undefined ? '–' : seconds.toFixed(1);
}
