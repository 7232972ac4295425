/**
 * Pictures of titles judged by the pages that were served: what another choice among a title's pictures would have earned. A
 * picture counts where it was seen; it earns 1 when a qualified watch began from it.
 */
import { QUALIFIED_WATCH_SECONDS } from '@marquee/domain';
import { type LakeReader, STORED } from '@marquee/event-lake';
import type { OffPolicyOptions } from '@marquee/training';
import { type Choice, judgeChoices } from './judge-choices.ts';
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
  const preferred = (could: readonly string[]) => (policy === 'own' ? could.slice(0, 1) : could);
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
      SELECT * FROM (SELECT slate_id, unnest(from_json(part, '${SHAPE}')) AS item FROM pages)
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
    SELECT seen."row" AS "row", seen.variant AS variant, item.artwork.probabilities[seen.variant + 1] AS propensity,
      len(item.artwork.probabilities) AS variants, watched.slate_id IS NOT NULL AS watched
    FROM items
    JOIN seen ON seen.slate_id = items.slate_id AND seen.title_id = item.titleId AND seen."row" = item.row
      AND seen.position = item.position AND seen.variant = item.artwork.variant
    LEFT JOIN watched ON watched.slate_id = seen.slate_id AND watched.title_id = seen.title_id
      AND watched."row" = seen."row" AND watched.position = seen.position
    ORDER BY items.slate_id, seen."row", seen.position`);
  return found.map((row) => ({
    position: Math.min(Number(row.row), POSITIONS - 1),
    chosen: String(row.variant),
    propensity: Number(row.propensity),
    options: Array.from({ length: Number(row.variants) }, (_, variant) => String(variant)),
    reward: Number(row.watched === true),
  }));
}
