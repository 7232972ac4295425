/** The values that the ranker saw, as they were logged with their slates. */
import { decodeFeatureMatrix, type EventPayload } from '@marquee/domain';
import { type LakeReader, STORED, slatesInPieces } from '@marquee/event-lake';
import { createPacer, RANKING_COLUMNS } from '@marquee/features';

/** One item of a slate. */
export interface LoggedItem {
  readonly slateId: string;
  readonly item: number;
}

export interface LoggedFeatures {
  /** By item, in the ranker's columns of today. */
  readonly rows: ReadonlyMap<LoggedItem, Float32Array>;
  /** Items whose slates lack a column of today. */
  readonly ofOtherColumns: number;
}

/** Reads each slate once. Items without features, as of slates that no ranker saw, are not in the result. */
export async function readLoggedFeatures(
  reader: LakeReader,
  items: readonly LoggedItem[],
): Promise<LoggedFeatures> {
  const wanted = Map.groupBy(items, ({ slateId }) => slateId);
  const rows = new Map<LoggedItem, Float32Array>();
  let ofOtherColumns = 0;
  if (wanted.size === 0) return { rows, ofOtherColumns };
  const pacer = createPacer();
  for (const piece of await piecesOf(reader, [...wanted.keys()])) {
    for (const slate of await reader.query(`SELECT slate_id, payload::VARCHAR AS payload FROM ${piece}`)) {
      const asked = wanted.get(String(slate.slate_id)) ?? [];
      const page = JSON.parse(String(slate.payload)) as EventPayload<'SLATE_SERVED'>;
      const names = page.featureNames;
      const places = RANKING_COLUMNS.map((name) => names.indexOf(name));
      if (names.length === 0) continue;
      if (places.includes(-1)) {
        ofOtherColumns += asked.length;
        continue;
      }
      const matrix = decodeFeatureMatrix(page.featureMatrix, page.items.length, names.length);
      for (const one of asked) {
        const values = matrix[one.item];
        if (values !== undefined)
          rows.set(
            one,
            Float32Array.from(places, (place) => values[place]!),
          );
      }
      if (pacer.due()) await pacer.pause();
    }
  }
  return { rows, ofOtherColumns };
}

const IDS_PER_STATEMENT = 1_000;

/** Each slate once, also one that the log holds twice. */
async function piecesOf(reader: LakeReader, slateIds: readonly string[]): Promise<readonly string[]> {
  await reader.query('CREATE OR REPLACE TEMP TABLE wanted_ids (slate_id VARCHAR)');
  for (let from = 0; from < slateIds.length; from += IDS_PER_STATEMENT) {
    const ids = slateIds.slice(from, from + IDS_PER_STATEMENT).map((id) => `('${id.replaceAll("'", "''")}')`);
    await reader.query(`INSERT INTO wanted_ids VALUES ${ids.join(', ')}`);
  }
  return slatesInPieces(
    reader,
    'wanted_slates',
    `SELECT arg_min(log_partition, sequence) AS log_partition, min(sequence) AS sequence FROM ${STORED}
     WHERE type = 'SLATE_SERVED' AND slate_id IN (SELECT slate_id FROM wanted_ids) GROUP BY slate_id`,
  );
}

/** The device of the request, which the log does not name beside its columns. */
export function deviceOf(row: Float32Array): 'TV' | 'MOBILE' | 'TABLET' | undefined {
  for (const device of ['TV', 'MOBILE', 'TABLET'] as const) {
    if (row[RANKING_COLUMNS.indexOf(`device_${device.toLowerCase()}`)] === 1) return device;
  }
  return undefined;
}
