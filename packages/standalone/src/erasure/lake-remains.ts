/** What the event lake holds of an erased profile: in files that count, and in files that lie there without counting. */
import { type LakeReader, openLake } from '@marquee/event-lake';
import { isMarqueeError } from '@marquee/service-kit';
import type { ErasedPlace, Tombstone } from './erasure-receipt.ts';

const PLACE = 'event lake';

export async function leftInLake(folder: string, erasure: Tombstone): Promise<ErasedPlace> {
  const { profileId, partition, sequence } = erasure;
  let reader: LakeReader;
  try {
    reader = await openLake({ folder });
  } catch (error) {
    if (isMarqueeError(error, 'NOT_FOUND'))
      return { place: PLACE, state: 'gone', left: 0, detail: 'there is no lake' };
    throw error;
  }
  try {
    const [row] = await reader.query(
      `SELECT count(*)::INTEGER AS n FROM stored_events WHERE profile_id = '${profileId.replaceAll("'", "''")}'
         AND type <> 'PROFILE_ERASED' AND log_partition = ${partition} AND sequence < ${sequence}`,
    );
    const left = Number(row?.n ?? 0);
    const reached = reader.positions.get(partition) ?? 0;
    if (reached < sequence)
      return {
        ...{ place: PLACE, state: 'follows', left },
        detail: `it has read the log up to ${reached} of ${sequence}; its files are rewritten when it gets there`,
      };
    if (left > 0)
      return {
        ...{ place: PLACE, state: 'follows', left },
        detail: 'the erasure is noted; files are rewritten by the next commit of the partition',
      };
    const files = `${reader.files.length} files, none of which holds a row of the life before`;
    return { place: PLACE, state: 'gone', left: 0, detail: files };
  } finally {
    await reader.close();
  }
}
