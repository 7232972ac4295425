/**
 * Pictures of titles judged by the pages that were served: what another choice among a title's pictures would have earned. A
 * picture is chosen for a viewer, a title and a day, and that is what counts, once, where it was seen: how often it is seen that day
 * depends on it, as a title that was watched is not shown again. It earns 1 when a qualified watch began from any of these showings.
 */
import { DAY_MS, QUALIFIED_WATCH_SECONDS } from '@marquee/domain';
import { type LakeReader, STORED } from '@marquee/event-lake';
import type { OffPolicyOptions } from '@marquee/training';
import { type Choice, judgeChoices, type Option } from './judge-choices.ts';
import type { Judgement } from './judge-policies.ts';
import { servedPart } from './served-part.ts';

/** `own`: the title's own picture, always. `uniform`: any of its pictures, alike. */
export const ARTWORK_POLICIES = ['own', 'uniform'] as const;
export type ArtworkPolicy = (typeof ARTWORK_POLICIES)[number];

/** Rows further down are taken together. */
const POSITIONS = 16;

/** @throws MarqueeError BAD_USER_INPUT for a lake in which no chosen picture was seen; and what the reader throws */
export async function judgeArtwork(
  reader: LakeReader,
  policy: ArtworkPolicy,
  options: OffPolicyOptions,
): Promise<Judgement> {
  const preferred = (could: readonly Option[]) => (policy === 'own' ? could.slice(0, 1) : could);
  return judgeChoices(await seenPictures(reader), preferred, [], options);
}

const SHAPE = JSON.stringify([
  {
    titleId: 'VARCHAR',
    row: 'INTEGER',
    position: 'INTEGER',
    artwork: { variant: 'INTEGER', probabilities: ['DOUBLE'] },
  },
]);

async function seenPictures(reader: LakeReader): Promise<readonly Choice[]> {
  const found = await reader.query(`
    WITH pages AS MATERIALIZED (${servedPart('items')}),
    items AS (
      SELECT * FROM (SELECT slate_id, profile_id, served_ms, served_ms // ${DAY_MS} AS day, unnest(from_json(part, '${SHAPE}')) AS item FROM pages)
      WHERE item.artwork IS NOT NULL
    ),
    feedback AS (
      SELECT slate_id, title_id, "row", position, type, watched_seconds,
        (payload->>'artworkVariant')::INTEGER AS variant
      FROM ${STORED}
      WHERE type IN ('IMPRESSION', 'PLAY_PROGRESS', 'PLAY_STOP') AND (payload->>'artworkVariant') IS NOT NULL
    ),
    seen AS (SELECT DISTINCT slate_id, title_id, "row", position, variant FROM feedback WHERE type = 'IMPRESSION'),
    watched AS (
      SELECT DISTINCT slate_id, title_id, "row", position FROM feedback
      WHERE type <> 'IMPRESSION' AND watched_seconds > ${QUALIFIED_WATCH_SECONDS}
    )
    SELECT items.profile_id AS profile_id, seen."row" AS "row", seen.variant AS variant,
      to_json(item.artwork.probabilities)::VARCHAR AS probabilities,
      bool_or(watched.slate_id IS NOT NULL) OVER (PARTITION BY items.profile_id, item.titleId, items.day, seen.variant) AS watched
    FROM items
    JOIN seen ON seen.slate_id = items.slate_id AND seen.title_id = item.titleId AND seen."row" = item.row
      AND seen.position = item.position AND seen.variant = item.artwork.variant
    LEFT JOIN watched ON watched.slate_id = seen.slate_id AND watched.title_id = seen.title_id
      AND watched."row" = seen."row" AND watched.position = seen.position
    QUALIFY row_number() OVER (
      PARTITION BY items.profile_id, item.titleId, items.day ORDER BY served_ms, items.slate_id, seen."row", seen.position
    ) = 1
    ORDER BY served_ms, items.slate_id, seen."row", seen.position`);
  return found.map((row) => {
    const probabilities = JSON.parse(String(row.probabilities)) as number[];
    return {
      viewer: String(row.profile_id),
      position: Math.min(Number(row.row), POSITIONS - 1),
      chosen: String(row.variant),
      propensity: probabilities[Number(row.variant)]!,
      options: probabilities.map((probability, variant) => ({ name: String(variant), probability })),
      reward: Number(row.watched === true),
    };
  });
}
