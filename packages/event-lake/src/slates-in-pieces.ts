/**
 * Slates of the lake, some at a time. A slate is a hundred kilobytes of JSON, and taking it apart needs several times that for as many
 * slates as a file holds next to each other. So which ones are meant is decided without reading them, and they are read in pieces.
 */
import { type LakeReader, STORED } from './lake-reader.ts';

/** Some ten megabytes. */
const SLATES_AT_A_TIME = 100;

/**
 * @param chosen a query for `log_partition` and `sequence` of the wanted slates, which does not take their payloads apart
 * @param table temporary, of the reader: what was chosen
 * @returns one after another what to read from: rows of the log, in no order, each slate in one of the pieces
 */
export async function slatesInPieces(
  reader: LakeReader,
  table: string,
  chosen: string,
): Promise<readonly string[]> {
  await reader.query(`
    CREATE OR REPLACE TEMP TABLE ${table} AS
    SELECT *, (row_number() OVER (ORDER BY log_partition, sequence) - 1) // ${SLATES_AT_A_TIME} AS piece FROM (${chosen})`);
  const pieces = await reader.query(
    `SELECT piece, min(sequence) AS first, max(sequence) AS last FROM ${table} GROUP BY piece ORDER BY piece`,
  );
  // By their sequence: a piece is in a few files of the lake, and the others are not read for it.
  return pieces.map(
    ({ piece, first, last }) => `(
      SELECT * FROM ${STORED} WHERE type = 'SLATE_SERVED' AND sequence BETWEEN ${first} AND ${last}
        AND (log_partition, sequence) IN (SELECT (log_partition, sequence) FROM ${table} WHERE piece = ${piece}))`,
  );
}
