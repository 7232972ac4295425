/**
 * What people did who were served by a canary, and by production meanwhile, from the lake: sums per arm. An arm is what the profile's own
 * pages say they were assigned to; profiles that were in both (they were reassigned by hand) are left out. All that a profile did since its
 * first page counts, wherever it did it: a title found by searching because the page was no good is the page's outcome, too.
 */
import { ABANDONMENT_SECONDS, QUALIFIED_WATCH_SECONDS } from '@marquee/domain';
import type { LakeReader } from '@marquee/event-lake';
import { CANARY_ARM, CONTROL_ARM, canaryKey } from '@marquee/model-registry';
import type { RatioSums } from './ratio-difference.ts';

/** Pages further apart are different sessions. */
const SESSION_GAP_MINUTES = 30;

/**
 * Numerator and denominator of each guardrail, and how much worse nobody would take a model back for, in the guardrail's own unit: a share of
 * hardly anything is nothing, and could not be told from it with any number of viewers.
 */
export const GUARDRAILS = [
  { name: 'qualified-watches-per-session', x: 'qualified', y: 'sessions', better: 'more', tolerated: 0 },
  { name: 'watch-minutes-per-session', x: 'minutes', y: 'sessions', better: 'more', tolerated: 0 },
  { name: 'abandonments-per-play', x: 'abandoned', y: 'plays', better: 'less', tolerated: 0.02 },
  { name: 'hides-per-session', x: 'hides', y: 'sessions', better: 'less', tolerated: 0.02 },
] as const;
export type Guardrail = (typeof GUARDRAILS)[number];

export interface ArmOutcomes {
  readonly profiles: number;
  readonly slates: number;
  readonly sums: Readonly<Record<Guardrail['name'], RatioSums>>;
}

export interface CanaryOutcomes {
  readonly control: ArmOutcomes;
  readonly canary: ArmOutcomes;
}

/** @param since epoch milliseconds: when the version became a canary */
export async function readOutcomes(
  reader: Pick<LakeReader, 'query'>,
  canary: { readonly version: string; readonly since: number },
): Promise<CanaryOutcomes> {
  const sums = GUARDRAILS.map(({ x, y }, i) =>
    [
      `sum(${x})::DOUBLE AS x${i}, sum(${y})::DOUBLE AS y${i}, sum(${x} * ${x})::DOUBLE AS xx${i}`,
      `sum(${y} * ${y})::DOUBLE AS yy${i}, sum(${x} * ${y})::DOUBLE AS xy${i}`,
    ].join(', '),
  ).join(', ');
  const rows = await reader.query(`
    WITH slates AS (
      SELECT profile_id, occurred_at, assignments->>'${canaryKey(canary.version)}' AS arm
      FROM events WHERE type = 'SLATE_SERVED' AND epoch_ms(occurred_at) >= ${canary.since}
    ), spaced AS (
      SELECT *, occurred_at - lag(occurred_at) OVER (PARTITION BY profile_id ORDER BY occurred_at) AS gap
      FROM slates WHERE arm IS NOT NULL
    ), people AS (
      SELECT profile_id, min(arm) AS arm, min(occurred_at) AS first_at, count(*) AS slates,
        count(*) FILTER (gap IS NULL OR gap > INTERVAL ${SESSION_GAP_MINUTES} MINUTE) AS sessions
      FROM spaced GROUP BY profile_id HAVING count(DISTINCT arm) = 1
    ), plays AS (
      SELECT e.profile_id, e.title_id, max(e.watched_seconds) AS seconds
      FROM events e JOIN people p ON p.profile_id = e.profile_id AND e.occurred_at >= p.first_at
      WHERE e.type = 'PLAY_STOP' GROUP BY e.profile_id, e.title_id
    ), played AS (
      SELECT profile_id, count(*) AS plays, count(*) FILTER (seconds > ${QUALIFIED_WATCH_SECONDS}) AS qualified,
        count(*) FILTER (seconds < ${ABANDONMENT_SECONDS}) AS abandoned, sum(seconds) / 60.0 AS minutes
      FROM plays GROUP BY profile_id
    ), hidden AS (
      SELECT e.profile_id, count(*) AS hides
      FROM events e JOIN people p ON p.profile_id = e.profile_id AND e.occurred_at >= p.first_at
      WHERE e.type = 'TITLE_HIDDEN' GROUP BY e.profile_id
    ), figures AS (
      SELECT p.arm, p.slates, p.sessions::DOUBLE AS sessions, coalesce(w.plays, 0)::DOUBLE AS plays,
        coalesce(w.qualified, 0)::DOUBLE AS qualified, coalesce(w.abandoned, 0)::DOUBLE AS abandoned,
        coalesce(w.minutes, 0)::DOUBLE AS minutes, coalesce(h.hides, 0)::DOUBLE AS hides
      FROM people p LEFT JOIN played w USING (profile_id) LEFT JOIN hidden h USING (profile_id)
    )
    SELECT arm, count(*)::INTEGER AS profiles, sum(slates)::DOUBLE AS slates, ${sums} FROM figures GROUP BY arm`);
  return { control: armOf(rows, CONTROL_ARM), canary: armOf(rows, CANARY_ARM) };
}

function armOf(rows: readonly Record<string, unknown>[], arm: string): ArmOutcomes {
  const row = rows.find((each) => each.arm === arm) ?? {};
  const number = (name: string): number => Number(row[name] ?? 0);
  const profiles = number('profiles');
  const sums = GUARDRAILS.map(({ name }, i) => {
    const of = (sum: string): number => number(`${sum}${i}`);
    return [name, { profiles, x: of('x'), y: of('y'), xx: of('xx'), yy: of('yy'), xy: of('xy') }];
  });
  return { profiles, slates: number('slates'), sums: Object.fromEntries(sums) };
}
