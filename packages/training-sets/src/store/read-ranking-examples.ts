/**
 * A part of a training set as rankers learn from it: groups of one qualified watch, its random negatives, and what else of the same page
 * was seen and passed over. What was passed over where nothing was watched teaches no order and is left out. What was begun and given up stands
 * with the watch of its page or, where nothing else was watched or no page is known, with the last one before: viewers who give up and leave
 * are the ones to learn abandonment from.
 */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { RANKING_COLUMNS } from '@marquee/features';
import { MarqueeError } from '@marquee/service-kit';
import {
  EXAMPLE_KIND,
  PLACES_PER_ROW,
  type RankingExamples,
  rankingExamples,
  type ShownTitles,
} from '@marquee/training';
import type { Split } from '../example.ts';
import { FEATURE_PREFIX } from './example-columns.ts';
import { EXAMPLES_FILE } from './manifest.ts';
import { readManifest } from './read-training-set.ts';
import { checksumOf } from './write-training-set.ts';

/** Of a page, the nearest to the watched title in the order of decisions; more would drown the random ones. */
const SHOWN_PER_GROUP = 8;

export interface ReadRankingExamples {
  readonly examples: RankingExamples;
  /** Row → number of its title, in order of first appearance. */
  readonly items: Uint32Array;
}

interface Row {
  readonly group: string;
  readonly positive: boolean;
  /** At a place of its own, if it had one: everything but what was drawn. */
  readonly decided: boolean;
  /** Begun, and no qualified watch. */
  readonly givenUp: boolean;
  readonly titleId: string;
  readonly at: number;
  /** Of the decision in the file. */
  readonly order: number;
  readonly watchSeconds: number;
  readonly place: number;
  readonly features: readonly number[];
}

/**
 * @param before decisions before this instant, epoch milliseconds; a page that was seen for long may reach into the next split
 * @returns undefined where the parts hold no qualified watch
 * @throws MarqueeError NOT_FOUND, DATA_CORRUPT, or BAD_USER_INPUT for a set that was made for other columns than this code's
 */
export async function readRankingExamples(
  folder: string,
  splits: readonly Split[],
  before?: number,
): Promise<ReadRankingExamples | undefined> {
  const manifest = await readManifest(folder);
  const known = new Set(manifest.columns.map(({ name }) => name));
  const missing = RANKING_COLUMNS.filter((name) => !known.has(FEATURE_PREFIX + name));
  if (missing.length > 0) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      `${folder} lacks the columns ${missing.join(', ')}; build a new set`,
    );
  }
  const file = join(folder, EXAMPLES_FILE);
  const checksum = await checksumOf(file).catch((cause: unknown) => {
    throw new MarqueeError('DATA_CORRUPT', { message: `${file} cannot be read`, cause });
  });
  if (checksum !== manifest.checksum) {
    throw new MarqueeError('DATA_CORRUPT', `${file} has checksum ${checksum}, not its manifest's`);
  }
  const { groups, shown } = await readGroups(file, splits, before);
  return groups.length === 0 ? undefined : assemble(groups, shown);
}

async function readGroups(
  file: string,
  splits: readonly Split[],
  before: number | undefined,
): Promise<{ readonly groups: readonly (readonly Row[])[]; readonly shown: ShownTitles }> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const groups = new Map<string, Row[]>();
  /** Of a page, the group of its first qualified watch. */
  const groupOfPage = new Map<string, string>();
  const passedOver = new Map<string, Row[]>();
  const givenUp: { readonly row: Row; readonly page: string | undefined }[] = [];
  let order = 0;
  let watched = 0;
  try {
    const features = RANKING_COLUMNS.map((name) => `"${FEATURE_PREFIX}${name}"`).join(', ');
    const result = await connection.stream(
      `SELECT group_id, kind, played, qualified, profile_id || chr(10) || slate_id, title_id, epoch_ms(decided_at)::DOUBLE, watch_seconds,
         (coalesce("row", 0) * ${PLACES_PER_ROW} + "position")::DOUBLE, ${features}
       FROM read_parquet('${file.replaceAll("'", "''")}', file_row_number = true)
       WHERE split IN (${splits.map((split) => `'${split}'`).join(', ')})
         ${before === undefined ? '' : `AND epoch_ms(decided_at) < ${before}`} ORDER BY file_row_number`,
    );
    for await (const piece of result.yieldRowsJs()) {
      for (const [
        group,
        kind,
        played,
        qualified,
        page,
        titleId,
        at,
        watchSeconds,
        place,
        ...values
      ] of piece) {
        const decided = kind !== 'random-negative';
        const positive = decided && qualified === true;
        const row: Row = {
          ...{ group: String(group), decided, positive, givenUp: decided && !positive && played === true },
          ...{ titleId: String(titleId), at: Number(at), order: order++ },
          watchSeconds: Number(watchSeconds ?? 0),
          place: place === null ? Number.NaN : Number(place),
          features: values as number[],
        };
        if (positive) {
          groups.set(row.group, [row]);
          if (kind === 'shown' && page !== null) watched++;
          if (page !== null && !groupOfPage.has(String(page))) groupOfPage.set(String(page), row.group);
        } else if (!decided) groups.get(row.group)?.push(row);
        else if (row.givenUp) givenUp.push({ row, page: page === null ? undefined : String(page) });
        else if (kind === 'shown' && page !== null) push(passedOver, String(page), row);
      }
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  let seenInVain = 0;
  for (const rows of passedOver.values()) seenInVain += rows.length;
  for (const [page, group] of groupOfPage) {
    const rows = groups.get(group)!;
    rows.push(...nearestTo(rows[0]!, passedOver.get(page) ?? []));
  }
  for (const [name, rows] of groups) if (rows.length === 1) groups.delete(name);
  const inOrder = [...groups.values()];
  let last = inOrder[0];
  let next = 0;
  for (const { row, page } of givenUp) {
    for (; next < inOrder.length && inOrder[next]![0]!.order < row.order; next++) last = inOrder[next];
    const ofPage = page === undefined ? undefined : groups.get(groupOfPage.get(page) ?? '');
    (ofPage ?? last)?.push(row);
  }
  return { groups: inOrder, shown: { watched, passedOver: seenInVain } };
}

/** In the order of decisions. */
function nearestTo({ order }: Row, rows: readonly Row[]): readonly Row[] {
  const distance = (row: Row): number => Math.abs(row.order - order);
  return rows
    .toSorted((a, b) => distance(a) - distance(b) || a.order - b.order)
    .slice(0, SHOWN_PER_GROUP)
    .sort((a, b) => a.order - b.order);
}

function assemble(groups: readonly (readonly Row[])[], shown: ShownTitles): ReadRankingExamples {
  const rows = groups.flat();
  const columns = RANKING_COLUMNS.length;
  const matrix = new Float32Array(rows.length * columns);
  const numbers = new Map<string, number>();
  const items = new Uint32Array(rows.length);
  for (const [i, { features, titleId }] of rows.entries()) {
    matrix.set(features, i * columns);
    const number = numbers.get(titleId) ?? numbers.size;
    numbers.set(titleId, number);
    items[i] = number;
  }
  const at = Float64Array.from(rows, (row) => row.at);
  const examples = rankingExamples({
    ...{ matrix, rows: rows.length, at, shown },
    labels: Float32Array.from(rows, ({ positive }) => Number(positive)),
    groups: Uint32Array.from(groups.flatMap((group, number) => group.map(() => number))),
    watchSeconds: Float32Array.from(rows, ({ watchSeconds }) => watchSeconds),
    places: Float32Array.from(groups.flatMap((group) => group.map((row) => placeOf(row, group[0]!)))),
    kinds: Uint8Array.from(rows, kindOf),
    from: at.reduce((a, b) => Math.min(a, b)),
    to: at.reduce((a, b) => Math.max(a, b)),
  });
  return { examples, items };
}

function kindOf({ decided, positive, givenUp }: Row): number {
  if (!decided || positive) return EXAMPLE_KIND.drawn;
  return givenUp ? EXAMPLE_KIND.givenUp : EXAMPLE_KIND.passedOver;
}

/** A random negative stands where its positive stood. */
function placeOf(row: Row, positive: Row): number {
  return row.decided ? row.place : positive.place;
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
