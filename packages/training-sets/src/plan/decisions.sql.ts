/**
 * The join of slates, impressions and outcomes, done by DuckDB over the lake. Tables are temporary ones of the reader.
 *
 * - An impression is a decision: the first of a title in a slate; outside of slates the first of a sitting.
 * - A play, a reaction or a hide counts for the slate its token names. Without a token it counts for the newest showing of
 *   the title to the profile, if that is within the window. A play is within it when it began there: who begins a film a day after it was shown
 *   ends it later than that.
 * - A play that no showing explains is a decision of its own, the first time the title is played, or where its token names a slate.
 */
import { PLACES, STORED } from '@marquee/event-lake';
import type { BuildSettings } from '../build-options.ts';

export const DECISIONS = 'decisions';

/**
 * Statements in order, first those that find what was shown, played and came of it. `log` holds what can be trusted of the events that
 * matter; `untrusted` how many others and why.
 */
export function outcomeStatements({ attribution, limits }: BuildSettings): readonly string[] {
  const { windowMs, sittingMs } = attribution;
  return [
    `CREATE OR REPLACE TEMP TABLE raw_log AS
     SELECT event_id, type, profile_id, title_id, watched_seconds, slate_id, "row", position, propensity, model_version,
       occurred_ms AS at_ms, occurred_ms - least(1000 * coalesce(watched_seconds, 0), ${sittingMs}) AS begun_ms, received_ms, place, payload->>'device' AS device, payload->>'reaction' AS reaction,
       type LIKE 'PLAY_%' AS is_play
     FROM ${PLACES}
     WHERE type IN ('IMPRESSION', 'PLAY_START', 'PLAY_PROGRESS', 'PLAY_STOP', 'REACTION_SET', 'TITLE_HIDDEN')`,
    `CREATE OR REPLACE TEMP TABLE suspects AS
     SELECT profile_id,
       CASE WHEN max(plays) > ${limits.playsPerHour} THEN 'bot' ELSE 'flooding' END AS reason
     FROM (
       SELECT profile_id, count(*) AS events, count(DISTINCT title_id) FILTER (is_play) AS plays
       FROM raw_log GROUP BY profile_id, at_ms // 3600000
     )
     WHERE events > ${limits.eventsPerHour} OR plays > ${limits.playsPerHour}
     GROUP BY profile_id`,
    `CREATE OR REPLACE TEMP TABLE erased AS
     SELECT profile_id, max(place) AS place FROM ${PLACES} WHERE type = 'PROFILE_ERASED' GROUP BY profile_id`,
    `CREATE OR REPLACE TEMP TABLE judged_log AS
     SELECT l.*, CASE
       WHEN e.place > l.place THEN 'erased'
       WHEN s.reason IS NOT NULL THEN s.reason
       WHEN l.at_ms > l.received_ms + ${limits.clockAheadMs} THEN 'clock-ahead'
     END AS reason
     FROM raw_log l LEFT JOIN suspects s USING (profile_id) LEFT JOIN erased e USING (profile_id)`,
    `CREATE OR REPLACE TEMP TABLE untrusted AS
     SELECT reason, count(*)::INTEGER AS events, count(DISTINCT profile_id)::INTEGER AS profiles
     FROM judged_log WHERE reason IS NOT NULL GROUP BY reason`,
    'CREATE OR REPLACE TEMP TABLE log AS SELECT * EXCLUDE (reason) FROM judged_log WHERE reason IS NULL',
    'DROP TABLE judged_log',
    'DROP TABLE raw_log',
    `CREATE OR REPLACE TEMP TABLE shown AS
     SELECT * EXCLUDE (previous) FROM (
       SELECT *, lag(at_ms) OVER (PARTITION BY profile_id, title_id, slate_id ORDER BY place) AS previous
       FROM log WHERE type = 'IMPRESSION'
     )
     WHERE previous IS NULL OR (slate_id IS NULL AND at_ms - previous > ${sittingMs})`,
    // By token where there is one, else the newest showing. A title of which two showings share an instant: any, but always the same.
    `CREATE OR REPLACE TEMP TABLE attributed AS
     SELECT o.*, coalesce(t.event_id, CASE WHEN o.slate_id IS NULL AND o.begun_ms - n.at_ms <= ${windowMs} THEN n.event_id END) AS decision_id
     FROM (SELECT * FROM log WHERE type <> 'IMPRESSION') o
     LEFT JOIN shown t
       ON t.slate_id = o.slate_id AND t.profile_id = o.profile_id AND t.title_id = o.title_id AND o.begun_ms - t.at_ms <= ${windowMs}
     ASOF LEFT JOIN (SELECT DISTINCT ON (profile_id, title_id, at_ms) * FROM shown ORDER BY profile_id, title_id, at_ms, place DESC) n
       ON n.profile_id = o.profile_id AND n.title_id = o.title_id AND o.at_ms >= n.at_ms`,
    `CREATE OR REPLACE TEMP TABLE unshown AS
     SELECT * EXCLUDE (nth_play, nth_of_slate) FROM (
       SELECT *, row_number() OVER (PARTITION BY profile_id, title_id ORDER BY place) AS nth_play,
         row_number() OVER (PARTITION BY profile_id, title_id, slate_id ORDER BY place) AS nth_of_slate
       FROM attributed WHERE is_play
     )
     WHERE decision_id IS NULL AND (nth_play = 1 OR (slate_id IS NOT NULL AND nth_of_slate = 1))`,
    `CREATE OR REPLACE TEMP TABLE outcomes AS
     SELECT decision_id, bool_or(is_play) AS played, max(watched_seconds) AS watch_seconds,
       bool_or(type = 'PLAY_STOP') AS stopped, min(place) AS outcome_place,
       arg_max(reaction, place) FILTER (type = 'REACTION_SET') AS reaction, bool_or(type = 'TITLE_HIDDEN') AS hidden
     FROM (
       SELECT * REPLACE (coalesce(a.decision_id, u.event_id) AS decision_id)
       FROM attributed a
       ASOF LEFT JOIN (SELECT event_id, profile_id, title_id, at_ms FROM unshown) u
         ON u.profile_id = a.profile_id AND u.title_id = a.title_id AND a.at_ms >= u.at_ms
       WHERE a.decision_id IS NOT NULL OR a.begun_ms - u.at_ms <= ${windowMs}
     ) GROUP BY decision_id`,
  ];
}

/** Afterwards: the slates that something was shown or played of. */
export const ASKED_SLATES = `
  SELECT arg_min(log_partition, sequence) AS log_partition, min(sequence) AS sequence FROM ${STORED}
  WHERE type = 'SLATE_SERVED' AND slate_id IN (
    SELECT slate_id FROM shown WHERE slate_id IS NOT NULL UNION SELECT slate_id FROM unshown WHERE slate_id IS NOT NULL
  ) GROUP BY slate_id`;

/** What was shown or played of these slates: whatever is joined or kept is held in memory, and slates with their features are most of a lake. */
export function slateItemStatements(pieces: readonly string[]): readonly string[] {
  return [
    `CREATE OR REPLACE TEMP TABLE slate_items (slate_id VARCHAR, served_at BIGINT, surface VARCHAR, slate_model VARCHAR, slate_assignments VARCHAR,
       item BIGINT, titleId VARCHAR, rowKind VARCHAR, "row" INTEGER, position INTEGER, propensity DOUBLE, sources VARCHAR[], slate_place BIGINT)`,
    ...pieces.map(
      (piece) => `INSERT INTO slate_items
     WITH listed AS (
       SELECT log_partition, sequence, slate_id, epoch_ms(occurred_at) AS served_at, payload->>'surface' AS surface, model_version AS slate_model,
         assignments::VARCHAR AS slate_assignments,
         from_json(payload->'items', '[{"titleId":"VARCHAR","rowKind":"VARCHAR","row":"INTEGER","position":"INTEGER","propensity":"DOUBLE","sources":["VARCHAR"]}]') AS items
       FROM ${piece}
     ), items AS (
       SELECT * EXCLUDE (one), one.* FROM (SELECT * EXCLUDE (items), unnest(items) AS one, unnest(range(len(items))) AS item FROM listed)
     )
     SELECT i.* EXCLUDE (log_partition, sequence), p.place AS slate_place
     FROM items i JOIN places p ON p.log_partition = i.log_partition AND p.sequence = i.sequence
     WHERE (i.slate_id, i.titleId) IN (
       SELECT (slate_id, title_id) FROM shown WHERE slate_id IS NOT NULL UNION SELECT (slate_id, title_id) FROM unshown WHERE slate_id IS NOT NULL
     )`,
    ),
  ];
}

/** Last: each decision with its outcome and its place. */
export const DECISION_STATEMENTS: readonly string[] = [
  `CREATE OR REPLACE TEMP TABLE ${DECISIONS} AS
     SELECT d.*, o.played, o.watch_seconds, o.stopped, o.outcome_place, o.reaction AS outcome_reaction, o.hidden,
       s.slate_place, s.served_at, s.surface, s.item, s.rowKind AS row_kind, s.row AS item_row, s.position AS item_position,
       s.propensity AS item_propensity, to_json(s.sources)::VARCHAR AS sources, s.slate_model, s.slate_assignments
     FROM (
       SELECT 'shown' AS kind, * FROM shown UNION ALL BY NAME SELECT 'played' AS kind, * EXCLUDE (decision_id) FROM unshown
     ) d
     LEFT JOIN outcomes o ON o.decision_id = d.event_id
     LEFT JOIN slate_items s ON s.slate_id = d.slate_id AND s.titleId = d.title_id
     QUALIFY row_number() OVER (
       PARTITION BY d.event_id
       ORDER BY (s.row IS NOT DISTINCT FROM d.row AND s.position IS NOT DISTINCT FROM d.position) DESC, s.item
     ) = 1`,
  'DROP TABLE attributed',
  'DROP TABLE slate_items',
];
