/** Everything the monitor has to say about a day, from the lake and what serves beside it. Reads, and changes nothing. */
import type { TitleId } from '@marquee/domain';
import type { LakeReader } from '@marquee/event-lake';
import type { KeyValueStore } from '@marquee/feature-store';
import type { TitleTable } from '@marquee/features';
import type { ParityReport, RowMaker } from '@marquee/training-sets';
import { type Finding, found, type Status, withoutData } from './checks/finding.ts';
import { CHECK_NAMES } from './checks/thresholds.ts';
import { artwork } from './facts/artwork.facts.ts';
import { dataQuality } from './facts/data-quality.facts.ts';
import { type DayWindow, readWindow } from './facts/day-window.ts';
import { type ColumnDrift, featureDrift } from './facts/feature-drift.facts.ts';
import { feedbackLoop } from './facts/feedback-loop.facts.ts';
import { predictions } from './facts/predictions.facts.ts';
import { rowOrder } from './facts/row-order.facts.ts';
import { skew } from './facts/skew.facts.ts';
import type { Calibration } from './measures/calibration.ts';
import { type Exposure, misshapenShare } from './measures/feedback-loop.ts';

export interface ReportOptions {
  readonly reader: LakeReader;
  readonly window: DayWindow;
  readonly titles: TitleTable;
  readonly vectorOf: (id: TitleId) => Float32Array | undefined;
  /** What was served with; absent: skew is not looked for. */
  readonly rowMaker?: RowMaker | undefined;
  /** Private and empty, for the replay. */
  readonly makeStore: () => KeyValueStore;
  /** Rows that are made again. Default 500. */
  readonly parityRows?: number;
  /** Slates from then on were served with `rowMaker`'s models. Default: the day's beginning. */
  readonly parityFrom?: number;
  readonly onPhase?: (name: string) => void;
  readonly signal?: AbortSignal;
}

export interface DailyReport {
  /** ISO instants. */
  readonly from: string;
  readonly to: string;
  /** The worst of all findings; `no-data` where there is nothing else. */
  readonly status: Status;
  /** One per check, in the order of `THRESHOLDS`. */
  readonly findings: readonly Finding[];
  readonly columns: readonly ColumnDrift[];
  readonly calibration?: Calibration | undefined;
  readonly exposure: {
    readonly day?: Exposure | undefined;
    readonly before?: Exposure | undefined;
    readonly coverage?: number | undefined;
  };
  readonly parity?: ParityReport | undefined;
}

const SEVERITY: readonly Status[] = ['no-data', 'ok', 'warn', 'alert'];

export async function makeDailyReport(options: ReportOptions): Promise<DailyReport> {
  const { reader, window, titles, vectorOf, onPhase, signal } = options;
  const phase = (name: string): void => {
    signal?.throwIfAborted();
    onPhase?.(name);
  };
  phase('reading the day');
  await readWindow(reader, window);
  phase('features');
  const drift = await featureDrift(reader);
  phase('predictions');
  const predicted = await predictions(reader);
  phase('feedback loop');
  const loop = await feedbackLoop(options);
  const choices = [...(await rowOrder(reader)), ...(await artwork(reader))];
  phase('data quality');
  const quality = await dataQuality(reader, titles);
  phase('embeddings');
  const norms = misshapenShare(vectorsOf(titles, vectorOf));
  phase('replaying a sample');
  const replayed = await skewOf(options);
  const all = new Map(
    [
      ...drift.findings,
      ...predicted.findings,
      ...loop.findings,
      ...choices,
      ...quality,
      found('embedding-norms', norms.share, `${norms.count} content vectors`),
      replayed.finding,
    ].map((finding) => [finding.check, finding]),
  );
  return {
    from: new Date(window.from).toISOString(),
    to: new Date(window.to).toISOString(),
    ...inOrder(all),
    columns: drift.columns,
    calibration: predicted.calibration,
    exposure: { day: loop.day, before: loop.before, coverage: loop.coverage },
    parity: replayed.report,
  };
}

/** The report with other findings in the place of its own. */
export function withFindings(report: DailyReport, findings: readonly Finding[]): DailyReport {
  const all = new Map([...report.findings, ...findings].map((finding) => [finding.check, finding]));
  return { ...report, ...inOrder(all) };
}

function inOrder(all: ReadonlyMap<string, Finding>): Pick<DailyReport, 'findings' | 'status'> {
  const findings = CHECK_NAMES.map((check) => all.get(check) ?? withoutData(check, 'not looked at'));
  const status = findings.reduce<Status>(
    (worst, { status }) => (SEVERITY.indexOf(status) > SEVERITY.indexOf(worst) ? status : worst),
    'no-data',
  );
  return { findings, status };
}

async function skewOf(options: ReportOptions): ReturnType<typeof skew> {
  const { window, rowMaker, parityRows = 500, parityFrom = window.from } = options;
  if (rowMaker === undefined) {
    return {
      finding: withoutData('skew', 'the models that were served with are not at hand'),
      report: undefined,
    };
  }
  return skew({
    ...options,
    rowMaker,
    rows: parityRows,
    seed: window.from,
    from: Math.max(window.from, parityFrom),
    to: window.to,
  });
}

function* vectorsOf(titles: TitleTable, vectorOf: ReportOptions['vectorOf']): Iterable<Float32Array> {
  for (const id of titles.newest()) {
    const vector = vectorOf(id);
    if (vector !== undefined) yield vector;
  }
}
