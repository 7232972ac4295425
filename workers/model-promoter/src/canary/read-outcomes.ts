/**
 * What people did who were served by a canary, and by production meanwhile, from the lake: sums per arm. An arm is what the profile's own
 * pages say they were assigned to; profiles that were in both (they were reassigned by hand) are left out. All that a profile did since its
 * first page counts, wherever it did it: a title found by searching because the page was no good is the page's outcome, too. Since when, the
 * servers' clock says; clients' are wrong by any time.
 *
 * A play, a qualified watch, an abandonment and a machine are what they are in training sets (`plan-decisions.ts`, `decisions.sql.ts` there): what is
 * over before somebody could give it up is not given up, and nobody watches more of a title than there is.
 */
import { ABANDONMENT_SECONDS, QUALIFIED_WATCH_SECONDS } from '@marquee/domain';
import { type LakeReader, STORED } from '@marquee/event-lake';
import { CANARY_ARM, CONTROL_ARM, canaryKey } from '@marquee/model-registry';
import { DEFAULT_SETTINGS } from '@marquee/training-sets';
import type { RatioSums } from './ratio-difference.ts';
import { runtimesOf, type TitleRuntimes } from './title-runtimes.ts';

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

/** Temporary tables of the reader. */
const PEOPLE = 'canary_people';
const PLAYS = 'canary_plays';
const RUNTIMES = 'canary_runtimes';

/** @param canary.since epoch milliseconds: when the version became a canary */
export async function readOutcomes(
  reader: Pick<LakeReader, 'query'>,
  canary: { readonly version: string; readonly since: number },
  catalogue: TitleRuntimes,
): Promise<CanaryOutcomes> {
  await readPeople(reader, canary);
  await readPlays(reader);
  await readRuntimes(reader, catalogue);
  const sums = GUARDRAILS.map(({ x, y }, i) =>
    [
      `sum(${x})::DOUBLE AS x${i}, sum(${y})::DOUBLE AS y${i}, sum(${x} * ${x})::DOUBLE AS xx${i}`,
      `sum(${y} * ${y})::DOUBLE AS yy${i}, sum(${x} * ${y})::DOUBLE AS xy${i}`,
    ].join(', '),
  ).join(', ');
  const rows = await reader.query(`
    WITH watched AS (
      SELECT profile_id, stopped, least(reported, runtime) AS seconds, coalesce(runtime, 'infinity'::DOUBLE) AS runtime
      FROM ${PLAYS} LEFT JOIN ${RUNTIMES} USING (title_id)
    ), played AS (
      SELECT profile_id, count(*) AS plays, count(*) FILTER (seconds > ${QUALIFIED_WATCH_SECONDS}) AS qualified,
        count(*) FILTER (stopped AND seconds < ${ABANDONMENT_SECONDS} AND runtime > ${ABANDONMENT_SECONDS}) AS abandoned,
        sum(seconds) / 60.0 AS minutes
      FROM watched GROUP BY profile_id
    ), hidden AS (
      SELECT e.profile_id, count(DISTINCT e.event_id) AS hides
      FROM ${STORED} e JOIN ${PEOPLE} p ON p.profile_id = e.profile_id AND e.received_at >= p.first_at
      WHERE e.type = 'TITLE_HIDDEN' GROUP BY e.profile_id
    ), figures AS (
      SELECT p.arm, p.slates, p.sessions::DOUBLE AS sessions, coalesce(w.plays, 0)::DOUBLE AS plays,
        coalesce(w.qualified, 0)::DOUBLE AS qualified, coalesce(w.abandoned, 0)::DOUBLE AS abandoned,
        coalesce(w.minutes, 0)::DOUBLE AS minutes, coalesce(h.hides, 0)::DOUBLE AS hides
      FROM ${PEOPLE} p LEFT JOIN played w USING (profile_id) LEFT JOIN hidden h USING (profile_id)
    )
    SELECT arm, count(*)::INTEGER AS profiles, sum(slates)::DOUBLE AS slates, ${sums} FROM figures GROUP BY arm`);
  return { control: armOf(rows, CONTROL_ARM), canary: armOf(rows, CANARY_ARM) };
}

/** Of the log's rows: to find what it holds twice, all of a lake would be sorted at every look. What is counted is counted by id. */
async function readPeople(
  reader: Pick<LakeReader, 'query'>,
  { version, since }: { readonly version: string; readonly since: number },
): Promise<void> {
  const { eventsPerHour, playsPerHour } = DEFAULT_SETTINGS.limits;
  await reader.query(`
    CREATE OR REPLACE TEMP TABLE ${PEOPLE} AS
    WITH slates AS (
      SELECT event_id, profile_id, occurred_at, assignments->>'${canaryKey(version)}' AS arm
      FROM ${STORED} WHERE type = 'SLATE_SERVED' AND epoch_ms(occurred_at) >= ${since}
    ), spaced AS (
      SELECT *, occurred_at - lag(occurred_at) OVER (PARTITION BY profile_id ORDER BY occurred_at) AS gap
      FROM slates WHERE arm IS NOT NULL
    ), machines AS (
      SELECT profile_id FROM ${STORED}
      WHERE epoch_ms(received_at) >= ${since}
        AND type IN ('IMPRESSION', 'PLAY_START', 'PLAY_PROGRESS', 'PLAY_STOP', 'REACTION_SET', 'TITLE_HIDDEN')
      GROUP BY profile_id, epoch_ms(occurred_at) // 3600000
      HAVING count(DISTINCT event_id) > ${eventsPerHour} OR count(DISTINCT title_id) FILTER (type LIKE 'PLAY_%') > ${playsPerHour}
    )
    SELECT profile_id, min(arm) AS arm, min(occurred_at) AS first_at, count(DISTINCT event_id) AS slates,
      count(*) FILTER (gap IS NULL OR gap > INTERVAL ${SESSION_GAP_MINUTES} MINUTE) AS sessions
    FROM spaced WHERE profile_id NOT IN (SELECT profile_id FROM machines)
    GROUP BY profile_id HAVING count(DISTINCT arm) = 1`);
}

/** A title counts once for a profile, by the most that it watched of it at a time. */
async function readPlays(reader: Pick<LakeReader, 'query'>): Promise<void> {
  await reader.query(`
    CREATE OR REPLACE TEMP TABLE ${PLAYS} AS
    SELECT e.profile_id, e.title_id, max(coalesce(e.watched_seconds, 0)) AS reported, bool_or(e.type = 'PLAY_STOP') AS stopped
    FROM ${STORED} e JOIN ${PEOPLE} p ON p.profile_id = e.profile_id AND e.received_at >= p.first_at
    WHERE e.type IN ('PLAY_START', 'PLAY_PROGRESS', 'PLAY_STOP') GROUP BY e.profile_id, e.title_id`);
}

const TITLES_PER_STATEMENT = 1_000;

async function readRuntimes(reader: Pick<LakeReader, 'query'>, catalogue: TitleRuntimes): Promise<void> {
  const played = await reader.query(`SELECT DISTINCT title_id FROM ${PLAYS} ORDER BY title_id`);
  const runtimes = [
    ...(await runtimesOf(
      catalogue,
      played.map(({ title_id }) => String(title_id)),
    )),
  ];
  await reader.query(`CREATE OR REPLACE TEMP TABLE ${RUNTIMES} (title_id VARCHAR, runtime DOUBLE)`);
  for (let from = 0; from < runtimes.length; from += TITLES_PER_STATEMENT) {
    const rows = runtimes
      .slice(from, from + TITLES_PER_STATEMENT)
      .map(([id, seconds]) => `('${id.replaceAll("'", "''")}', ${seconds})`);
    await reader.query(`INSERT INTO ${RUNTIMES} VALUES ${rows.join(', ')}`);
  }
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
