/** Which logged rows are recomputed: drawn by a seed from the slates that a whole pipeline made. */
import { type LakeReader, STORED, slatesInPieces } from '@marquee/event-lake';
import { type LoggedItem, readLoggedFeatures } from '../features/logged-features.ts';

/** Table of the reader with what was drawn. */
export const SAMPLED = 'sampled_rows';

export interface SampledRow extends LoggedItem {
  readonly profileId: string;
  readonly titleId: string;
  readonly slatePlace: number;
  readonly servedAt: number;
  readonly logged: Float32Array;
}

export interface SampleOptions {
  readonly rows: number;
  readonly seed: number;
  /** Only slates served from this instant on: earlier ones were made with models that are gone. */
  readonly from?: number | undefined;
  /** Only slates served before this instant. */
  readonly to?: number | undefined;
}

export interface Sample {
  readonly rows: readonly SampledRow[];
  /** Rows of slates that were looked at and cannot be compared, by reason. */
  readonly notCompared: Readonly<Record<string, number>>;
}

/** Needs `createPlaces`. */
export async function sampleLoggedRows(reader: LakeReader, options: SampleOptions): Promise<Sample> {
  const { rows, seed, from = 0, to = Number.MAX_SAFE_INTEGER } = options;
  const inside = `type = 'SLATE_SERVED' AND epoch_ms(occurred_at) >= ${from} AND epoch_ms(occurred_at) < ${to}`;
  // Slates first, by themselves: as many of them as rows are wanted bound what the lists and their items take.
  const pieces = await slatesInPieces(
    reader,
    'sampled_slates',
    `SELECT log_partition, sequence FROM (
      SELECT slate_id, arg_min(log_partition, sequence) AS log_partition, min(sequence) AS sequence
      FROM ${STORED} WHERE ${inside} AND NOT contains(payload::VARCHAR, '"featureNames":[]') GROUP BY slate_id
    ) ORDER BY md5(concat(slate_id, '/', ${seed})) LIMIT ${rows}`,
  );
  await reader.query(`
    CREATE OR REPLACE TEMP TABLE sampled_lists (log_partition INTEGER, sequence BIGINT, slate_id VARCHAR, profile_id VARCHAR,
      served_at BIGINT, degraded BOOLEAN, title_ids VARCHAR[])`);
  for (const piece of pieces) {
    await reader.query(`
      INSERT INTO sampled_lists SELECT log_partition, sequence, slate_id, profile_id, epoch_ms(occurred_at),
        json_array_length(payload->'degradations') > 0, payload->>'$.items[*].titleId' FROM ${piece}`);
  }
  await reader.query(`
    CREATE OR REPLACE TEMP TABLE ${SAMPLED} AS
    SELECT slate_id, profile_id, place AS slate_place, served_at, degraded, title_id, item
    FROM (
      SELECT * EXCLUDE (title_ids), unnest(title_ids) AS title_id, unnest(range(len(title_ids))) AS item FROM sampled_lists
    ) JOIN places USING (log_partition, sequence)
    ORDER BY md5(concat(slate_id, '/', item, '/', ${seed})) LIMIT ${rows}`);
  await reader.query('DROP TABLE sampled_lists');
  await reader.query('DROP TABLE sampled_slates');
  const drawn = await reader.query(`SELECT * FROM ${SAMPLED} ORDER BY slate_place, item`);
  const items = new Map<LoggedItem, Record<string, unknown>>();
  let degraded = 0;
  for (const row of drawn) {
    // Made without some of its parts, whose features are then defaults.
    if (row.degraded === true) degraded++;
    else items.set({ slateId: String(row.slate_id), item: Number(row.item) }, row);
  }
  const { rows: logged, ofOtherColumns } = await readLoggedFeatures(reader, [...items.keys()]);
  const sampled: SampledRow[] = [];
  for (const [item, row] of items) {
    const values = logged.get(item);
    if (values === undefined) continue;
    sampled.push({
      ...item,
      profileId: String(row.profile_id),
      titleId: String(row.title_id),
      slatePlace: Number(row.slate_place),
      servedAt: Number(row.served_at),
      logged: values,
    });
  }
  const notCompared = {
    degraded,
    'other-columns': ofOtherColumns,
    'without-features': items.size - ofOtherColumns - sampled.length,
  };
  return { rows: sampled, notCompared };
}
