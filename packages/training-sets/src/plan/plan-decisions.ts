/** Which decisions a training set is made of, with what came of them; everything left out is counted with its reason. */
import { ABANDONMENT_SECONDS, type Device, QUALIFIED_WATCH_SECONDS, type TitleId } from '@marquee/domain';
import { createPlaces, type LakeReader, PLACES, slatesInPieces } from '@marquee/event-lake';
import type { TitleFacts } from '@marquee/features';
import { MarqueeError } from '@marquee/service-kit';
import type { BuildSettings } from '../build-options.ts';
import type { Decision, DecisionSlate } from '../example.ts';
import {
  ASKED_SLATES,
  DECISION_STATEMENTS,
  DECISIONS,
  outcomeStatements,
  slateItemStatements,
} from './decisions.sql.ts';

/** Why decisions, or events before they could become one, are not in the set. */
export type Exclusions = Readonly<Record<string, number>>;

export interface Plan {
  /** In order of place. */
  readonly decisions: readonly Decision[];
  readonly window: { readonly from: number; readonly to: number };
  readonly exclusions: Exclusions;
}

export interface TitleSource {
  get(id: TitleId): TitleFacts | undefined;
  newest(): readonly TitleId[];
}

/** @throws MarqueeError BAD_USER_INPUT when the window holds no decision */
export async function planDecisions(
  reader: LakeReader,
  titles: TitleSource,
  settings: BuildSettings,
  onStatement: (done: number, all: number) => void = () => undefined,
): Promise<Plan> {
  await createPlaces(reader);
  const outcomes = outcomeStatements(settings);
  let done = 0;
  const run = async (statements: readonly string[], all: number): Promise<void> => {
    for (const statement of statements) {
      onStatement(done++, all);
      await reader.query(statement);
    }
  };
  // How many pieces there are is not known yet.
  await run(outcomes, outcomes.length + DECISION_STATEMENTS.length + 1);
  const items = slateItemStatements(await slatesInPieces(reader, 'asked_slates', ASKED_SLATES));
  const all = outcomes.length + items.length + DECISION_STATEMENTS.length;
  await run([...items, ...DECISION_STATEMENTS], all);
  const { windowMs } = settings.attribution;
  const [ends] = await reader.query(`SELECT max(received_ms)::DOUBLE AS "end" FROM ${PLACES}`);
  const end = Number(ends?.end ?? 0);
  const from = settings.from ?? Number.NEGATIVE_INFINITY;
  const to = settings.to ?? Number.POSITIVE_INFINITY;
  const out: Record<string, number> = {};
  for (const { reason, events } of await reader.query('SELECT * FROM untrusted')) {
    out[`event-${reason}`] = Number(events);
  }
  const decisions: Decision[] = [];
  const leaveOut = (reason: string): void => {
    out[reason] = (out[reason] ?? 0) + 1;
  };
  for await (const rows of reader.stream(`SELECT * FROM ${DECISIONS} ORDER BY place DESC`)) {
    for (const row of rows) {
      const decision = toDecision(row, titles.get(String(row.title_id)));
      if (decision === undefined) leaveOut('unknown-title');
      else if (decision.decidedAt < from || decision.decidedAt >= to) continue;
      else if (decision.decidedAt + windowMs > end) leaveOut('outcome-open');
      else {
        const flaw = flawOf(decision);
        if (flaw !== undefined) leaveOut(flaw);
        else if (decisions.length >= settings.maxDecisions) leaveOut('over-bound');
        else decisions.push(decision);
      }
    }
  }
  decisions.reverse();
  if (decisions.length === 0) {
    const reasons = Object.entries(out).map(([reason, count]) => `${reason} ${count}`);
    throw new MarqueeError(
      'BAD_USER_INPUT',
      `no title was shown or played from ${named(from)} to ${named(to)}, in a lake that ends at ${named(end)}${reasons.length === 0 ? '' : `; left out: ${reasons.join(', ')}`}`,
    );
  }
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { decidedAt } of decisions) {
    first = Math.min(first, decidedAt);
    last = Math.max(last, decidedAt);
  }
  return { decisions, window: { from: first, to: last }, exclusions: out };
}

/** A decision whose features would know its outcome, or are later than it. */
function flawOf({ place, outcomePlace, receivedAt, slate, kind }: Decision): string | undefined {
  // A played one begins with its own play: the features are as of before it.
  const earliest = kind === 'played' ? place : place + 1;
  if (outcomePlace !== undefined && outcomePlace < earliest) return 'outcome-before-impression';
  if (slate?.servedAt !== undefined && slate.servedAt > receivedAt) return 'slate-after-impression';
  return undefined;
}

function toDecision(row: Record<string, unknown>, title: TitleFacts | undefined): Decision | undefined {
  if (title === undefined) return undefined;
  const runtimeSeconds = title.runtimeMinutes === undefined ? undefined : title.runtimeMinutes * 60;
  // A watch longer than the title is a report that cannot be right in all of it.
  const watchSeconds = Math.min(Number(row.watch_seconds ?? 0), runtimeSeconds ?? Number.POSITIVE_INFINITY);
  const played = row.played === true;
  const slate = slateOf(row);
  return {
    id: String(row.event_id),
    kind: row.kind as Decision['kind'],
    profileId: String(row.profile_id),
    titleId: String(row.title_id),
    // Nobody sees a page before it is made: a clock that is far behind would close the window at once, and put today among the oldest.
    decidedAt: Math.max(Number(row.at_ms), slate?.servedAt ?? Number.NEGATIVE_INFINITY),
    receivedAt: Number(row.received_ms),
    place: Number(row.place),
    device: (row.device ?? undefined) as Device | undefined,
    outcome: {
      played,
      watchSeconds,
      qualified: watchSeconds > QUALIFIED_WATCH_SECONDS,
      abandoned:
        played &&
        row.stopped === true &&
        watchSeconds < ABANDONMENT_SECONDS &&
        (runtimeSeconds ?? Number.POSITIVE_INFINITY) > ABANDONMENT_SECONDS,
      reaction: (row.outcome_reaction ?? undefined) as Decision['outcome']['reaction'],
      hidden: row.hidden === true,
    },
    outcomePlace: number(row.outcome_place),
    slate,
  };
}

function slateOf(row: Record<string, unknown>): DecisionSlate | undefined {
  if (row.slate_id === null) {
    if (row.row === null && row.position === null) return undefined;
  }
  return {
    id: text(row.slate_id) ?? '',
    surface: text(row.surface) ?? '',
    place: number(row.slate_place),
    servedAt: number(row.served_at),
    item: number(row.item),
    rowKind: text(row.row_kind),
    row: number(row.row) ?? number(row.item_row),
    position: number(row.position) ?? number(row.item_position),
    propensity: number(row.item_propensity) ?? number(row.propensity),
    sources: row.sources === null ? [] : (JSON.parse(String(row.sources)) as string[]),
    modelVersion: text(row.slate_model) ?? text(row.model_version),
    assignments: text(row.slate_assignments),
  };
}

function number(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

function text(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}

function named(instant: number): string {
  return Number.isFinite(instant)
    ? new Date(instant).toISOString()
    : instant > 0
      ? 'the end'
      : 'the beginning';
}
