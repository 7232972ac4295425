/**
 * Reports as files, for people: a page and its figures per day, `<day>.html` and `<day>.json`. Every report of a day replaces the one before, so the last,
 * whose 24 hours are the day's, stays.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DailyReport } from './make-daily-report.ts';
import { reportHtml } from './render/report-html.ts';

const KEPT_DAYS = 90;
const OURS = /^\d{4}-\d{2}-\d{2}\.(html|json)$/;

/** @param keptDays of the latest; older ones are removed. @returns what keeps one, whole or not at all */
export function reportKeeper(folder: string, keptDays = KEPT_DAYS): (report: DailyReport) => Promise<void> {
  return async (report) => {
    const day = report.to.slice(0, 10);
    await mkdir(folder, { recursive: true });
    await write(join(folder, `${day}.json`), `${JSON.stringify(report, null, 2)}\n`);
    await write(join(folder, `${day}.html`), reportHtml(report));
    const days = new Set(
      (await readdir(folder)).filter((name) => OURS.test(name)).map((name) => name.slice(0, 10)),
    );
    for (const old of [...days].sort().slice(0, -keptDays)) {
      for (const kind of ['html', 'json']) await rm(join(folder, `${old}.${kind}`), { force: true });
    }
  };
}

async function write(file: string, text: string): Promise<void> {
  const preparing = `${file}.${randomBytes(4).toString('hex')}.new`;
  await writeFile(preparing, text);
  await rename(preparing, file);
}
