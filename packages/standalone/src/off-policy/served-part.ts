/** What pages were made of, as DuckDB reads it from the stored events. */
import { STORED } from '@marquee/event-lake';

/**
 * Of every home page once: the stored events are as many as the log holds, and finding each once would hold all slates with their features.
 * @param part of the payload of `SLATE_SERVED`
 * @returns a query with `slate_id`, `profile_id`, `seed` (of the page's draws), `served_ms` and, as JSON text, `part`; pages without it
 *   are left out
 */
export function servedPart(part: 'items' | 'rowOrder'): string {
  return `
      SELECT slate_id, any_value(profile_id) AS profile_id, any_value(seed) AS seed, min(served_ms) AS served_ms, any_value(part) AS part
      FROM (
        SELECT slate_id, profile_id, payload->>'seed' AS seed, epoch_ms(occurred_at) AS served_ms, (payload->'${part}')::VARCHAR AS part
        FROM ${STORED} WHERE type = 'SLATE_SERVED' AND (payload->>'surface') = 'home'
      ) WHERE part IS NOT NULL GROUP BY slate_id`;
}
