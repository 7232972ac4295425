/**
 * Orders of rows judged by the pages that were served: what another choice of the row at a learned place would have earned, each
 * place for itself, given the rows above it. A row counts where it was seen; it earns 1 when a qualified watch began in it.
 *
 * Of the pages of one seed (a viewer's within the hour) the first that was looked at counts. The others are drawn with the same
 * numbers and not anew, and what the viewer did on the first decides what they are drawn from: their propensities are those of a page,
 * and not those of a page that comes after it.
 */
import { QUALIFIED_WATCH_SECONDS } from '@marquee/domain';
import { type LakeReader, STORED } from '@marquee/event-lake';
import type { OffPolicyOptions } from '@marquee/training';
import { type Choice, judgeChoices, type Option } from './judge-choices.ts';
import type { Judgement } from './judge-policies.ts';
import { servedPart } from './served-part.ts';

/** `rules`: what would stand there were nothing learned. `uniform`: any of what could, alike. */
export const ROW_POLICIES = ['rules', 'uniform'] as const;
export type RowPolicy = (typeof ROW_POLICIES)[number];

/** The options have the choice of the rules first. */
interface SeenRow extends Choice {
  readonly holdout: boolean;
}

/**
 * Profiles that are held out keep the order by rules: what they did is no part of the log, but the truth to hold `rules` against.
 * @throws MarqueeError BAD_USER_INPUT for a lake in which no learned row was seen; and what the reader throws
 */
export async function judgeRowOrder(
  reader: LakeReader,
  policy: RowPolicy,
  options: OffPolicyOptions,
): Promise<Judgement> {
  const seen = await seenRows(reader);
  const choices = (holdout: boolean) => seen.filter((row) => row.holdout === holdout);
  return judgeChoices(
    choices(false),
    (could) => (policy === 'rules' ? could.slice(0, 1) : could),
    policy === 'rules' ? choices(true) : [],
    options,
  );
}

const SHAPE = JSON.stringify([
  {
    ...{ row: 'INTEGER', rowKind: 'VARCHAR', propensity: 'DOUBLE' },
    options: [{ rowKind: 'VARCHAR', probability: 'DOUBLE' }],
  },
]);

async function seenRows(reader: LakeReader): Promise<readonly SeenRow[]> {
  const found = await reader.query(`
    WITH orders AS MATERIALIZED (${servedPart('rowOrder')}),
    first_pages AS (
      SELECT * FROM orders WHERE slate_id IN (SELECT slate_id FROM ${STORED} WHERE type = 'IMPRESSION')
      QUALIFY row_number() OVER (PARTITION BY profile_id, seed ORDER BY served_ms, slate_id) = 1
    ),
    pages AS (
      SELECT slate_id, profile_id, (part->>'holdout')::BOOLEAN AS holdout,
        unnest(from_json(part->'places', '${SHAPE}')) AS place
      FROM first_pages
    ),
    seen AS (SELECT DISTINCT slate_id, "row" FROM ${STORED} WHERE type = 'IMPRESSION' AND position = 0),
    watched AS (
      SELECT DISTINCT slate_id, "row" FROM ${STORED}
      WHERE type IN ('PLAY_PROGRESS', 'PLAY_STOP') AND watched_seconds > ${QUALIFIED_WATCH_SECONDS}
    )
    SELECT pages.profile_id AS profile_id, holdout, place.row AS "row", place.rowKind AS row_kind, place.propensity AS propensity,
      to_json(list_transform(place.options, option -> {name: option.rowKind, probability: option.probability}))::VARCHAR AS options,
      watched.slate_id IS NOT NULL AS watched
    FROM pages
    JOIN seen ON seen.slate_id = pages.slate_id AND seen."row" = place.row
    LEFT JOIN watched ON watched.slate_id = pages.slate_id AND watched."row" = place.row
    ORDER BY pages.slate_id, place.row`);
  return found.map((row) => ({
    viewer: String(row.profile_id),
    holdout: row.holdout === true,
    position: Number(row.row),
    chosen: String(row.row_kind),
    propensity: Number(row.propensity),
    options: JSON.parse(String(row.options)) as Option[],
    reward: Number(row.watched === true),
  }));
}
