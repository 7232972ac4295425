/**
 * Logs of what a policy showed, with its propensities: the Open Bandit Dataset's files as they are (Saito et al. 2021), and any
 * other table with the same four columns. Contexts are not read.
 */
import { MarqueeError } from '@marquee/service-kit';
import type { OnProgress } from '../progress.ts';
import { openRows } from '../rows/open-rows.ts';

const COLUMNS = ['item_id', 'position', 'click', 'propensity_score'] as const;

/** A log in columns, with ids as they stand in the file. */
export interface LoggedActionsFile {
  readonly actions: readonly string[];
  readonly positions: readonly string[];
  /** Rewards, e.g. 1 for a click. */
  readonly rewards: readonly number[];
  readonly propensities: readonly number[];
  /** Rows that could not be used, and why the first of them. */
  readonly rejected: number;
  readonly firstReject?: string;
}

/**
 * @param path `.csv`, `.jsonl` or `.parquet` with item_id, position, click and propensity_score
 * @throws MarqueeError BAD_USER_INPUT when the file cannot be read, lacks a column, or holds no usable row
 */
export async function importLoggedActions(path: string, onProgress?: OnProgress): Promise<LoggedActionsFile> {
  const actions: string[] = [];
  const positions: string[] = [];
  const rewards: number[] = [];
  const propensities: number[] = [];
  let rejected = 0;
  let firstReject: string | undefined;
  const reject = (line: number, problem: string): void => {
    rejected++;
    firstReject ??= `${path}:${line}: ${problem}`;
  };
  const batches = await openRows({ path, phase: 'logged actions', requiredColumns: COLUMNS }, onProgress);
  for await (const rows of batches) {
    for (const { line, fields, problem } of rows) {
      if (fields === undefined) {
        reject(line, problem ?? 'not a row');
        continue;
      }
      const [action, position] = [fields.item_id, fields.position];
      const [reward, propensity] = [number(fields.click), number(fields.propensity_score)];
      if (action === undefined || position === undefined) reject(line, 'no item_id or no position');
      else if (!Number.isFinite(reward)) reject(line, `click "${fields.click}" is not a number`);
      else if (!(propensity > 0 && propensity <= 1)) {
        reject(line, `propensity_score "${fields.propensity_score}" is not above 0 and at most 1`);
      } else {
        actions.push(String(action));
        positions.push(String(position));
        rewards.push(reward);
        propensities.push(propensity);
      }
    }
  }
  if (actions.length === 0) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      `${path} holds no usable row${firstReject === undefined ? '' : `; ${firstReject}`}`,
    );
  }
  return {
    actions,
    positions,
    rewards,
    propensities,
    rejected,
    ...(firstReject !== undefined && { firstReject }),
  };
}

function number(field: unknown): number {
  return field === undefined || field === null || field === '' ? Number.NaN : Number(field);
}
