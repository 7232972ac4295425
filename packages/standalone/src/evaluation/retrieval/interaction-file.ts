/**
 * Reads interactions from delimited text: MovieLens' two layouts as they are, and tab-separated folds as other
 * evaluations publish them. Only what models need is read: no titles, so folders that lack movies.csv are fine.
 */
import { createReadStream } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MarqueeError } from '@marquee/service-kit';
import type { InteractionBuilder } from '@marquee/training';

interface Columns {
  readonly user: number;
  readonly item: number;
  readonly rating: number;
  readonly time: number;
}

interface FileLayout {
  readonly separator: string;
  /** Columns that a row must have. */
  readonly required: number;
  readonly columns: Columns;
  readonly header: boolean;
}

export interface ReadSummary {
  readonly rows: number;
  /** Rows that could not be used, and why the first of them. */
  readonly rejected: number;
  readonly firstReject?: string;
}

const IN_ORDER: Columns = { user: 0, item: 1, rating: 2, time: 3 };
/** Larger times are milliseconds: as seconds they would lie after the year 5000. */
const MAX_SECONDS = 1e11;

/** @throws MarqueeError BAD_USER_INPUT when the folder holds neither `ratings.csv` nor `ratings.dat` */
export async function ratingsFile(folder: string): Promise<{ path: string; layout: FileLayout }> {
  const csv = join(folder, 'ratings.csv');
  if (await exists(csv)) return { path: csv, layout: await csvLayout(csv) };
  const dat = join(folder, 'ratings.dat');
  if (await exists(dat)) {
    return { path: dat, layout: { separator: '::', required: 4, columns: IN_ORDER, header: false } };
  }
  throw badInput(`${folder} holds neither ratings.csv nor ratings.dat`);
}

/** user, item[, rating[, timestamp]]; a first line that begins with a word like "user" is a header. */
export async function tabLayout(path: string): Promise<FileLayout> {
  const [first = ''] = (await firstLine(path)).split('\t');
  const header = /^"?user/i.test(first.trim()) || first.trim().toLowerCase() === 'uid';
  return { separator: '\t', required: 2, columns: IN_ORDER, header };
}

async function csvLayout(path: string): Promise<FileLayout> {
  const names = (await firstLine(path)).split(',').map((name) => name.trim().replaceAll('"', ''));
  const column = (name: string): number => {
    const index = names.indexOf(name);
    if (index < 0)
      throw badInput(`${path} has no column ${name}; its header is: ${names.join(',') || '(empty)'}`);
    return index;
  };
  const columns = {
    user: column('userId'),
    item: column('movieId'),
    rating: column('rating'),
    time: column('timestamp'),
  };
  return { separator: ',', required: 1 + Math.max(...Object.values(columns)), columns, header: true };
}

/**
 * Adds every usable row; others are counted. Memory: a chunk of the file.
 * @param part the part that the rows belong to
 * @throws MarqueeError BAD_USER_INPUT when the file cannot be read or holds no usable row
 */
export async function readInteractions(
  path: string,
  { separator, required, columns, header }: FileLayout,
  builder: InteractionBuilder,
  options: {
    readonly part?: number;
    readonly signal?: AbortSignal;
    readonly onRows?: (rows: number) => void;
  } = {},
): Promise<ReadSummary> {
  await requireFile(path);
  let line = 0;
  let rows = 0;
  let rejected = 0;
  let firstReject: string | undefined;
  for await (const text of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    line++;
    if ((header && line === 1) || text.trim() === '') continue;
    const fields = text.split(separator);
    const reason =
      fields.length < required ? `${required} fields expected, ${fields.length} found` : add(fields);
    if (reason === undefined) {
      if (++rows % 100_000 === 0) {
        options.signal?.throwIfAborted();
        options.onRows?.(rows);
      }
    } else {
      rejected++;
      firstReject ??= `${path}:${line}: ${reason}`;
    }
  }
  options.onRows?.(rows);
  if (rows === 0)
    throw badInput(`${path} holds no usable interaction${firstReject ? ` (${firstReject})` : ''}`);
  return { rows, rejected, ...(firstReject === undefined ? {} : { firstReject }) };

  /** The reason, where the row cannot be used. */
  function add(fields: readonly string[]): string | undefined {
    const user = fields[columns.user]!.trim();
    const item = fields[columns.item]!.trim();
    if (user === '' || item === '') return 'the user or the item is empty';
    const rating = optionalNumber(fields[columns.rating]);
    if (rating === undefined) return `rating "${fields[columns.rating]}" is not a number`;
    const time = optionalNumber(fields[columns.time]);
    if (time === undefined) return `timestamp "${fields[columns.time]}" is not a number`;
    builder.add(user, item, rating, Math.abs(time) > MAX_SECONDS ? time : time * 1_000, options.part);
    return undefined;
  }
}

/** NaN where there is no text, undefined where it is no number. */
function optionalNumber(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return Number.NaN;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

async function firstLine(path: string): Promise<string> {
  await requireFile(path);
  const input = createReadStream(path, { highWaterMark: 4_096 });
  try {
    for await (const line of createInterface({ input })) return line.replace(/^\uFEFF/, '');
    return '';
  } finally {
    input.destroy();
  }
}

async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw badInput(`cannot read ${path}`, cause);
  });
  if (!found.isFile()) throw badInput(`${path} is not a file`);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function badInput(message: string, cause?: unknown): MarqueeError {
  return new MarqueeError('BAD_USER_INPUT', { message, ...(cause === undefined ? {} : { cause }) });
}
