/** What the lake holds of a campaign's deeds: every event once, as whoever learns from it reads it. */
import { openLake } from '@marquee/event-lake';
import { type Deed, keyOf } from '../faults/event-ledger.ts';

/** @returns deed → rows; a list may be saved to twice by one who tries again, and counts once */
export async function deedsInLake(
  folder: string,
  profilePrefix: string,
): Promise<ReadonlyMap<string, number>> {
  const lake = await openLake({ folder });
  try {
    const rows = await lake.query(`
      SELECT profile_id, type, payload->>'titleId' AS title_id, count(*)::INTEGER AS rows FROM events
      WHERE starts_with(profile_id, '${profilePrefix}') AND type IN ('IMPRESSION', 'PLAY_STOP', 'LIST_SAVED')
      GROUP BY ALL`);
    return new Map(
      rows.map((row) => {
        const kind = String(row.type) as Deed['kind'];
        const key = keyOf({ profileId: String(row.profile_id), kind, titleId: String(row.title_id) });
        return [key, kind === 'LIST_SAVED' ? 1 : Number(row.rows)];
      }),
    );
  } finally {
    await lake.close();
  }
}
