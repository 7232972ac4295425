/** What the command says about a training set and about parity, for people. */
import { HOUR_MS } from '@marquee/domain';
import type { ParityReport, TrainingSetManifest } from '@marquee/training-sets';
import { markdownTable } from '../evaluation/markdown-table.ts';
import type { SimulatedDay } from './simulated-day.ts';

export function trainingSetReport(folder: string, manifest: TrainingSetManifest): string {
  const { window, counts, exclusions, split, leakCheck } = manifest;
  const rows = Object.entries({ ...counts, 'left out': exclusions }).map(([what, parts]) => [
    what,
    Object.entries(parts)
      .map(([name, count]) => `${name} ${count.toLocaleString('en-GB')}`)
      .join(', ') || 'nothing',
  ]);
  return [
    `${folder}: ${manifest.rows.toLocaleString('en-GB')} examples from ${window.from} to ${window.to}`,
    '',
    markdownTable(['by', 'examples'], rows),
    '',
    `Validation from ${split.validationFrom ?? 'never'}, test from ${split.testFrom ?? 'never'}.`,
    leakCheck.cuts === 0
      ? 'It was not asked whether the future matters.'
      : `${leakCheck.compared.toLocaleString('en-GB')} replayed examples made again from a log that ends at their time: the same.`,
  ].join('\n');
}

export function dayReport({ from, to, visits, degraded }: SimulatedDay): string {
  const hours = ((to - from) / HOUR_MS).toFixed(1);
  return `${visits} visits in ${hours} simulated hours, ${degraded} pages not from the whole pipeline`;
}

export function parityReport(report: ParityReport, lagSeconds: number): string {
  const { compared, equal, lagged, rounded, skewed, notCompared, skew } = report;
  const outcomes = [
    ['equal to the bit', equal],
    [`equal to the bit to an earlier moment, at most ${lagSeconds} s`, lagged],
    ['equal but for the order of float32 sums', rounded],
    ['skewed', skewed],
  ] as const;
  const left = Object.entries(notCompared).filter(([, count]) => count > 0);
  return [
    `${compared.toLocaleString('en-GB')} logged rows made again by a replay`,
    '',
    markdownTable(
      ['outcome', 'rows'],
      outcomes.map(([name, count]) => [name, count.toLocaleString('en-GB')]),
    ),
    ...(left.length === 0
      ? []
      : ['', `Not compared: ${left.map(([reason, count]) => `${reason} ${count}`).join(', ')}`]),
    ...(skew.length === 0
      ? []
      : [
          '',
          markdownTable(
            ['column', 'rows', 'largest difference', 'logged', 'replayed', 'slate', 'title'],
            skew.map(({ name, rows, largest, example }) => [
              name,
              String(rows),
              largest.toPrecision(3),
              String(example.logged),
              String(example.replayed),
              example.slateId,
              example.titleId,
            ]),
          ),
        ]),
  ].join('\n');
}
