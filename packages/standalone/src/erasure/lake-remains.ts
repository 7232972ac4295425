/** What the event lake holds of an erased profile: in files that count, and in files that lie there without counting. */
import { type LakeDamage, type LakeReader, openLake } from '@marquee/event-lake';
import { isMarqueeError } from '@marquee/service-kit';
import type { ErasedPlace, Tombstone } from './erasure-receipt.ts';

const PLACE = 'event lake';
const MOST_NAMED = 3;

export async function leftInLake(folder: string, erasure: Tombstone): Promise<ErasedPlace> {
  const { partition, sequence } = erasure;
  let reader: LakeReader;
  try {
    reader = await openLake({ folder });
  } catch (error) {
    if (isMarqueeError(error, 'NOT_FOUND'))
      return { place: PLACE, state: 'gone', left: 0, detail: 'there is no lake' };
    throw error;
  }
  try {
    const left = await rowsOfLifeBefore(reader, erasure);
    if (typeof left === 'object') return notKnown(left, reader.files.length);
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

/** @returns how many there are, or what keeps them from being counted */
async function rowsOfLifeBefore(
  reader: LakeReader,
  { profileId, partition, sequence }: Tombstone,
): Promise<number | readonly LakeDamage[]> {
  try {
    const [row] = await reader.query(
      `SELECT count(*)::INTEGER AS n FROM stored_events WHERE profile_id = '${profileId.replaceAll("'", "''")}'
         AND type <> 'PROFILE_ERASED' AND log_partition = ${partition} AND sequence < ${sequence}`,
    );
    return Number(row?.n ?? 0);
  } catch (error) {
    const damages = await reader.verify();
    if (damages.length === 0) throw error;
    return damages;
  }
}

/** Who repairs them leaves out what is erased by then. */
function notKnown(damages: readonly LakeDamage[], files: number): ErasedPlace {
  const named = damages.slice(0, MOST_NAMED).map(({ path }) => path);
  const more = damages.length > named.length ? ` and ${damages.length - named.length} more` : '';
  return {
    ...{ place: PLACE, state: 'follows', left: 0 },
    detail: `not known: ${damages.length} of ${files} files cannot be read (${named.join(', ')}${more}). npm run lake -- repair makes them again from the log, without the profile; ask again then`,
  };
}
