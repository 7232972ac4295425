/** What the loop did, for the terminal and for the documentation: days, arms beside each other, and who stopped what was planted. Pure. */
import { markdownTable } from '../evaluation/markdown-table.ts';
import { comparePages, type Difference } from './compare-arms.ts';
import type { ArrivedTitles } from './day-measures.ts';
import type { LoopResult } from './loop-result.ts';
import type { Plant } from './plants.ts';
import type { LoopDay } from './run-arm.ts';

export function daysTable({ arms }: LoopResult): string {
  const heads = ['day'];
  const arriving = arms.some(({ days }) => days.some(({ arrived }) => arrived !== null));
  const measures = ['regret', 'coverage', 'Gini', ...(arriving ? ['new titles seen, tried'] : [])];
  for (const { name } of arms) heads.push(`${name}: minutes`, ...measures);
  const days = arms[0]?.days.map(({ day }) => day) ?? [];
  const rows = days.map((day, i) => [
    String(day),
    ...arms.flatMap(({ days: of }) => {
      const { expectedMinutes, regretMinutes, coverage, gini, arrived } = of[i]!;
      return [
        expectedMinutes.toFixed(1),
        regretMinutes.toFixed(1),
        `${(coverage * 100).toFixed(1)} %`,
        gini.toFixed(3),
        ...(arriving ? [shareOfArrived(arrived)] : []),
      ];
    }),
  ]);
  return markdownTable(heads, rows);
}

export interface ArmComparison {
  readonly arm: string;
  readonly against: string;
  readonly all: Difference;
  /** Of the later half of the days, when something was learned. */
  readonly later: Difference;
}

/** The first arm beside each of the others. */
export function compareArms({ arms: [first, ...others] }: LoopResult): readonly ArmComparison[] {
  if (first === undefined) return [];
  return others.map(({ name, days }) => {
    const of = (from: number) =>
      comparePages(
        first.days.slice(from).flatMap(({ pages }) => pages),
        days.slice(from).flatMap(({ pages }) => pages),
      );
    return { arm: first.name, against: name, all: of(0), later: of(Math.floor(days.length / 2)) };
  });
}

export function comparisonTable(comparisons: readonly ArmComparison[]): string {
  const said = ({ minutes, lower, upper }: Difference) =>
    `${signed(minutes)} (${signed(lower)} to ${signed(upper)})`;
  return markdownTable(
    ['minutes a page, by the truth', 'all days (95 %)', 'later half (95 %)'],
    comparisons.map(({ arm, against, all, later }) => [`${arm} against ${against}`, said(all), said(later)]),
  );
}

export interface Verdict {
  readonly arm: string;
  readonly day: number;
  readonly plant: Plant;
  /** Undefined: nobody, until the loop ended. */
  readonly stoppedBy: 'gates' | 'shadow' | 'canary' | 'monitor' | undefined;
  readonly stoppedOn: number | undefined;
  readonly why: string;
}

/** Who stopped what was planted. */
export function verdicts({
  arms,
}: {
  readonly arms: readonly Pick<LoopResult['arms'][number], 'name' | 'days'>[];
}): readonly Verdict[] {
  return arms.flatMap(({ name, days }) =>
    days.flatMap(({ day, planted }): Verdict[] => {
      if (planted === undefined) return [];
      const { plant, version } = planted;
      const end =
        plant === 'skew' ? alertOf(days) : version === undefined ? NOT_PLANTED : endOf(version, days);
      return [{ arm: name, day, plant, ...end }];
    }),
  );
}

type End = Pick<Verdict, 'stoppedBy' | 'stoppedOn' | 'why'>;
const NOT_PLANTED: End = {
  stoppedBy: undefined,
  stoppedOn: undefined,
  why: 'it was not planted: nothing was trained that night; more --visits make enough to learn from',
};
const STAGES = { candidate: 'gates', shadow: 'shadow', canary: 'canary' } as const;

function endOf(version: string, days: readonly LoopDay[]): End {
  let last = 'it was never looked at';
  for (const { day, moves } of days) {
    for (const { kind, version: moved, from, to, why } of moves) {
      if (moved !== version) continue;
      const stage = STAGES[from as keyof typeof STAGES];
      if (kind === 'reject' && stage !== undefined) return { stoppedBy: stage, stoppedOn: day, why };
      last = `${to}: ${why}`;
    }
  }
  return { stoppedBy: undefined, stoppedOn: undefined, why: last };
}

function alertOf(days: readonly LoopDay[]): End {
  for (const { day, monitor } of days) {
    const alert = monitor?.alerts.find(({ check }) => check === 'skew');
    if (alert !== undefined) return { stoppedBy: 'monitor', stoppedOn: day, why: `alert: ${alert.detail}` };
  }
  return { stoppedBy: undefined, stoppedOn: undefined, why: 'no alert for skew' };
}

export function verdictsTable(all: readonly Verdict[]): string {
  return markdownTable(
    ['planted', 'arm', 'on day', 'stopped by', 'on day', 'because'],
    all.map(({ plant, arm, day, stoppedBy, stoppedOn, why }) => [
      ...[plant, arm, String(day), stoppedBy ?? 'NOBODY', String(stoppedOn ?? '')],
      short(why),
    ]),
  );
}

/** The first of several reasons: all of them are in the report. */
function short(why: string): string {
  const [first = '', ...others] = why.split(/; (?=\S+ \()/);
  return `${first.replaceAll('|', '/')}${others.length === 0 ? '' : `; and ${others.length} more`}`;
}

function shareOfArrived(arrived: ArrivedTitles | null): string {
  if (arrived === null) return '';
  return `${(arrived.seen * 100).toFixed(0)} %, ${(arrived.tried * 100).toFixed(0)} % of ${arrived.titles}`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}
