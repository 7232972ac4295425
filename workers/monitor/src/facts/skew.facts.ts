/** Train equals serve: a sample of the day's logged rows is made again by a replay of the log. */
import { isMarqueeError } from '@marquee/service-kit';
import { checkParity, type ParityOptions, type ParityReport } from '@marquee/training-sets';
import { type Finding, found, withoutData } from '../checks/finding.ts';

export async function skew(
  options: ParityOptions,
): Promise<{ readonly finding: Finding; readonly report: ParityReport | undefined }> {
  let report: ParityReport;
  try {
    report = await checkParity(options);
  } catch (error) {
    if (!isMarqueeError(error, 'NOT_FOUND')) throw error;
    return { finding: withoutData('skew', error.message), report: undefined };
  }
  if (report.compared === 0) return { finding: withoutData('skew', 'no row could be compared'), report };
  const columns = report.skew.slice(0, 3).map(({ name, rows }) => `${name} (${rows})`);
  const detail = `${report.skewed} of ${report.compared} rows differ${columns.length === 0 ? '' : `: ${columns.join(', ')}`}`;
  return { finding: found('skew', report.skewed / report.compared, detail), report };
}
