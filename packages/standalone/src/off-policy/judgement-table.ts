/** A judgement for people: the support of the log, then the numbers, or why there are none. */
import { ESTIMATORS, type PolicyValue } from '@marquee/training';
import { markdownTable } from '../evaluation/markdown-table.ts';
import type { Judgement } from './judge-policies.ts';

export function judgementTable({ estimate, logged, onPolicy }: Judgement): string {
  const { support, missing, values } = estimate;
  const row = (name: string, { value, lower, upper }: PolicyValue): string[] => [
    name,
    value.toFixed(5),
    `${lower.toFixed(5)} to ${upper.toFixed(5)}`,
  ];
  const rows = [row("the log's own policy, as logged", logged)];
  if (onPolicy !== undefined) rows.push(row('the policy, in its own log', onPolicy));
  for (const name of values === undefined ? [] : ESTIMATORS)
    rows.push(row(`the policy, ${name}`, values![name]));
  return [
    markdownTable(['reward per row', 'mean', '95 %'], rows),
    '',
    `  ${support.rows.toLocaleString('en-GB')} rows${support.units === support.rows ? '' : ` of ${support.units.toLocaleString('en-GB')} viewers`}, worth ${support.effectiveSampleSize.toFixed(0)} of the policy's own (effective sample size); ` +
      `heaviest ${support.units === support.rows ? 'row' : 'viewer'} ${(100 * support.heaviestShare).toFixed(2)} % of all weight, ` +
      `${(100 * support.unseenShare).toFixed(1)} % of the policy's choices never logged, ` +
      `mean weight ${support.meanWeight.toFixed(3)}, ${(100 * support.clippedShare).toFixed(1)} % of weights clipped`,
    ...missing.map((reason) => `  no conclusion: ${reason}`),
    '',
  ].join('\n');
}
