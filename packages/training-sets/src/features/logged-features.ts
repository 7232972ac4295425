/** The values that the ranker saw, as they were logged with their slates. */
import { decodeFeatureMatrix } from '@marquee/domain';
import { type LakeReader, STORED } from '@marquee/event-lake';
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
  const slates = reader.stream(
    `SELECT slate_id, json_array_length(payload->'items')::INTEGER AS items, (payload->'featureNames')::VARCHAR AS names,
       payload->>'featureMatrix' AS matrix
     FROM ${STORED} WHERE type = 'SLATE_SERVED'`,
  );
  for await (const batch of slates) {
    for (const slate of batch) {
      const asked = wanted.get(String(slate.slate_id));
      if (asked === undefined) continue;
      const names = JSON.parse(String(slate.names)) as string[];
      const places = RANKING_COLUMNS.map((name) => names.indexOf(name));
      if (names.length === 0) continue;
      if (places.includes(-1)) {
        ofOtherColumns += asked.length;
        continue;
      }
      const matrix = decodeFeatureMatrix(String(slate.matrix), Number(slate.items), names.length);
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

/** The device of the request, which the log does not name beside its columns. */
export function deviceOf(row: Float32Array): 'TV' | 'MOBILE' | 'TABLET' | undefined {
  for (const device of ['TV', 'MOBILE', 'TABLET'] as const) {
    if (row[RANKING_COLUMNS.indexOf(`device_${device.toLowerCase()}`)] === 1) return device;
  }
  return undefined;
}
