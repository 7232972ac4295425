/** `npm run off-policy`: what another policy would have earned, from a log with propensities. */
import { writeFile } from 'node:fs/promises';
import { importLoggedActions, type LoggedActionsFile } from '@marquee/importers';
import { MarqueeError, runProcess } from '@marquee/service-kit';
import { parseFlags, wholeNumber } from '../cli/arguments.ts';
import { createProgress } from '../cli/progress.ts';
import { judgePolicy } from '../off-policy/judge-policies.ts';
import { judgementTable } from '../off-policy/judgement-table.ts';

const HELP = `npm run off-policy -- --log <file> [options]: what another policy would have earned (off-policy evaluation)

  --log <file>        what was shown: .csv, .jsonl or .parquet with item_id, position, click, propensity_score; the Open Bandit
                      Dataset's files as they are
  --policy <which>    uniform (default): every item alike
                      <file>: as often as in this log, by position
  --truth <file>      a log of the policy itself, to hold the estimates against; with --policy <file> that one
  --clip <n>          cut importance weights to n; default: not
  --seed <n>          of folds and intervals, default 1
  --json <file>       also write the figures
  --help              this text

Estimators: IPS, self-normalised IPS, direct method, doubly robust; 95 % bootstrap intervals. Where the log does not support a
conclusion (effective sample size, one row's weight, choices never logged, weights that do not average 1) the command says why,
gives no number for the policy, and ends with exit code 1.
`;

await runProcess(async () => {
  const values = parseFlags(process.argv.slice(2), {
    log: { type: 'string' },
    policy: { type: 'string', default: 'uniform' },
    truth: { type: 'string' },
    clip: { type: 'string' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  if (values.log === undefined) throw new MarqueeError('CONFIG_INVALID', '--log is needed; see --help');
  const clip = values.clip === undefined ? undefined : Number(values.clip);
  if (clip !== undefined && !(clip > 0)) throw new MarqueeError('CONFIG_INVALID', '--clip must be above 0');
  const progress = createProgress(process.stderr);
  const read = async (path: string): Promise<LoggedActionsFile> => {
    progress.phase(`reading ${path}`);
    const file = await importLoggedActions(path);
    progress.end();
    if (file.rejected > 0)
      process.stderr.write(`${file.rejected} rows left out, the first: ${file.firstReject}\n`);
    return file;
  };
  const log = await read(values.log as string);
  const target = values.policy === 'uniform' ? undefined : await read(values.policy as string);
  const truth = values.truth === undefined ? undefined : await read(values.truth as string);
  const judgement = judgePolicy(log, target, truth, {
    seed: wholeNumber('--seed', values.seed as string, 0, 0xffffffff),
    ...(clip !== undefined && { clip }),
  });
  process.stdout.write(`\n${judgementTable(judgement)}\n`);
  if (values.json !== undefined)
    await writeFile(values.json as string, `${JSON.stringify(judgement, null, 2)}\n`);
  if (judgement.estimate.missing.length > 0) process.exitCode = 1;
});
