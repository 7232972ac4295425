/**
 * Which ranker the next one goes on from: of production and those it came from the newest that had ended before the window began, so that no example
 * counts twice; in a young installation the first of them, and what it knew is left out of the window. None that may have learned from a profile that
 * was erased since: it would live on.
 */
import { join } from 'node:path';
import { QUALIFIED_WATCH_SECONDS } from '@marquee/domain';
import type { LakeReader } from '@marquee/event-lake';
import { readModelFolder } from '@marquee/model-runtime';
import { isMarqueeError } from '@marquee/service-kit';
import { type EarlierLine, readEarlierLine } from '@marquee/training';
import { type ErasureInLog, type ReadUpTo, trainedBefore } from './runs/trained-before.ts';

export interface Ancestry {
  readonly modelsFolder: string;
  /** Name of its folder; undefined: there is none. */
  readonly production: string | undefined;
  /** Of the examples, epoch milliseconds. */
  readonly from: number;
  readonly erasures: readonly ErasureInLog[];
  readonly reached: ReadUpTo;
}

/** @returns undefined where all examples have to speak for themselves */
export async function lineToGoOnFrom(ancestry: Ancestry): Promise<EarlierLine | undefined> {
  const { modelsFolder, production, from, erasures, reached } = ancestry;
  const asked = new Set<string>();
  let found: EarlierLine | undefined;
  for (let version = production; version !== undefined && !asked.has(version); ) {
    asked.add(version);
    const name = version;
    const folder = join(modelsFolder, name);
    const manifest = await unlessDamaged(readModelFolder(folder).then((model) => model.manifest));
    // Whoever came before it is not known any more; and what it knew of an erased profile, those before it may have known, too.
    if (manifest === undefined) break;
    if (erasures.some((erasure) => trainedBefore(erasure, name, manifest.createdAt, reached))) break;
    const line = await unlessDamaged(readEarlierLine(folder, name));
    found = line ?? found;
    if (line !== undefined && line.learnedTo <= from) break;
    version = manifest.parent ?? undefined;
  }
  return found;
}

/** The last erasure of every partition of the log. */
export async function lastErasures(reader: Pick<LakeReader, 'query'>): Promise<readonly ErasureInLog[]> {
  const rows = await reader.query(
    `SELECT log_partition::INTEGER AS log_partition, max(sequence)::DOUBLE AS sequence, max(epoch_ms(received_at))::DOUBLE AS at
     FROM events WHERE type = 'PROFILE_ERASED' GROUP BY log_partition`,
  );
  return rows.map(({ log_partition, sequence, at }) => ({
    ...{ partition: Number(log_partition), sequence: Number(sequence), at: Number(at) },
  }));
}

/** Qualified watches that ended between two instants, epoch milliseconds. */
export async function watchesIn(
  reader: Pick<LakeReader, 'query'>,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<number> {
  const [row] = await reader.query(
    `SELECT count(*)::DOUBLE AS watches FROM events
     WHERE type = 'PLAY_STOP' AND watched_seconds > ${QUALIFIED_WATCH_SECONDS}
     AND epoch_ms(occurred_at) > ${Math.ceil(from)} AND epoch_ms(occurred_at) <= ${Math.floor(to)}`,
  );
  return Number(row?.watches ?? 0);
}

/** A damaged ancestor is no reason not to train. */
async function unlessDamaged<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isMarqueeError(error, 'MODEL_INCOMPATIBLE') || isMarqueeError(error, 'DATA_CORRUPT'))
      return undefined;
    throw error;
  }
}
