/** From what was recorded to one row per fault: what people got, who noticed when, when all was well, every event. */
import { percentile } from '../closed-loop.ts';
import type { CampaignResult, Episode } from './campaign.ts';
import type { EventCounts } from './event-audit.ts';
import type { Fault } from './fault.ts';
import type { HomeRecord, WriteRecord } from './open-loop-load.ts';

export interface Row {
  readonly fault: string;
  readonly expected: string;
  readonly notTested: string;
  /** Seconds from the injection to the end of the fault. */
  readonly lasted: number;
  readonly homes: {
    readonly asked: number;
    readonly full: number;
    readonly degraded: number;
    readonly partial: number;
    readonly shed: number;
    /** In the hurt process when it was hurt, and lost with it. */
    readonly inFlight: number;
    /** Without rows, beyond those. */
    readonly failed: number;
    /** Sent to the other gateway because one refused the connection. */
    readonly refusedFirst: number;
    /** With rows, of all but those in flight; 0 to 1. */
    readonly successRate: number;
    readonly p50: number;
    readonly p99: number;
    /** Step of the ladder → pages. */
    readonly steps: Readonly<Record<string, number>>;
    readonly codes: Readonly<Record<string, number>>;
    readonly examples: readonly string[];
  };
  readonly writes: {
    readonly tries: number;
    readonly accepted: number;
    readonly p99: number;
    /** What clients were told instead → times. */
    readonly told: Readonly<Record<string, number>>;
  };
  readonly events: EventCounts;
  /** Seconds from the injection until any process, or any page, said so; undefined: nobody did. */
  readonly detected?: number;
  /** Seconds from the end of the fault to the answer of the first full page asked for after it. */
  readonly firstFullPage?: number;
  /** Seconds from the end of the fault to the last page that was not full; 0: there was none. */
  readonly pagesWhole: number;
  /** Seconds from the end of the fault until no process had anything to remark. */
  readonly allWell?: number;
  /** Other processes that said they were not ready → what they said. */
  readonly unready: Readonly<Record<string, string>>;
  readonly verdict: 'pass' | 'fail';
  readonly reasons: readonly string[];
}

/** A balancer needs so long to see that a gateway does not answer any more. */
const BALANCER_NOTICES_MS = 1_500;
/** Between the signal and the end of the process, on a machine that is busy. */
const ENDING_MS = 250;
const ROWS: ReadonlySet<string> = new Set(['full', 'degraded', 'partial']);

export function rowsOf(result: CampaignResult): readonly Row[] {
  const { episodes } = result;
  return episodes.map((episode, i) => rowOf(result, episode, episodes[i + 1]?.injectedAt));
}

/** @param next when the next fault began; what was in flight then is hit by that one. */
function rowOf(
  { load, watch, audit }: CampaignResult,
  episode: Episode,
  next = Number.POSITIVE_INFINITY,
): Row {
  const { fault, injectedAt, healedAt, endedAt } = episode;
  // What was in flight is hit as well.
  const during = <T extends { sentAt: number; latencyMs: number }>(all: readonly T[]): readonly T[] =>
    all.filter(({ sentAt, latencyMs }) => sentAt + latencyMs >= injectedAt && sentAt + latencyMs < next);
  const homes = homesOf(during(load.homes), episode);
  const writes = writesOf(during(load.writes));
  const events = audit.count(load.ledger.between(injectedAt, endedAt));
  const changes = watch.changes.filter(({ at }) => at >= injectedAt && at < endedAt);
  const others = changes.filter(({ process }) => process !== fault?.target);
  const unready = Object.fromEntries(
    others
      .filter(({ ready }) => ready !== true)
      .map((one) => [one.process, one.ready === 'away' ? 'away' : one.remarks.join(', ')]),
  );
  const seconds = (from: number, to: number | undefined): number | undefined =>
    to === undefined ? undefined : Math.max(0, to - from) / 1000;
  const firstSign = Math.min(
    ...changes.filter(({ ready, remarks }) => ready !== true || remarks.length > 0).map(({ at }) => at),
    ...load.homes
      .filter(({ sentAt, outcome }) => sentAt >= injectedAt && sentAt < endedAt && outcome !== 'full')
      .map(({ sentAt, latencyMs }) => sentAt + latencyMs),
  );
  const after = load.homes.filter(({ sentAt }) => sentAt >= healedAt && sentAt < endedAt);
  const full = after
    .filter(({ outcome }) => outcome === 'full')
    .map(({ sentAt, latencyMs }) => sentAt + latencyMs);
  const notFull = after
    .filter(({ outcome }) => outcome !== 'full')
    .map(({ sentAt, latencyMs }) => sentAt + latencyMs);
  const lastRemark = changes.filter(({ at }) => at >= healedAt).at(-1)?.at ?? healedAt;
  const row = {
    fault: fault?.name ?? 'none (steady state)',
    expected: expectedOf(fault),
    notTested: notTestedOf(fault),
    lasted: (healedAt - injectedAt) / 1000,
    homes,
    writes,
    events,
    detected:
      fault === undefined || firstSign === Number.POSITIVE_INFINITY
        ? undefined
        : seconds(injectedAt, firstSign),
    firstFullPage:
      fault === undefined ? undefined : seconds(healedAt, full.length === 0 ? undefined : Math.min(...full)),
    pagesWhole: notFull.length === 0 ? 0 : (Math.max(...notFull) - healedAt) / 1000,
    allWell: episode.unwell.length === 0 ? seconds(healedAt, lastRemark) : undefined,
    unready,
  };
  const reasons = reasonsOf(row, episode);
  return { ...row, verdict: reasons.length === 0 ? 'pass' : 'fail', reasons };
}

function homesOf(records: readonly HomeRecord[], { fault, injectedAt }: Episode): Row['homes'] {
  const lost = records.filter(({ outcome }) => outcome === 'failed' || outcome === 'cut');
  const inFlight = lost.filter((record) => wasInFlight(record, fault, injectedAt));
  const failed = lost.filter((record) => !inFlight.includes(record));
  const withRows = records.filter(({ outcome }) => ROWS.has(outcome));
  const latencies = withRows.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const count = (outcome: string): number => records.filter((record) => record.outcome === outcome).length;
  return {
    asked: records.length,
    full: count('full'),
    degraded: count('degraded'),
    partial: count('partial'),
    shed: count('shed'),
    inFlight: inFlight.length,
    failed: failed.length,
    refusedFirst: records.filter(({ refusals }) => refusals > 0).length,
    successRate: withRows.length / Math.max(1, records.length - inFlight.length),
    p50: percentile(latencies, 50),
    p99: percentile(latencies, 99),
    steps: tally(records.flatMap(({ step }) => step ?? [])),
    codes: tally(records.flatMap(({ codes }) => codes)),
    examples: [...failed, ...records.filter(({ outcome }) => outcome === 'partial' || outcome === 'shed')]
      .slice(0, 3)
      .map(
        (one) =>
          `${one.outcome} after ${one.latencyMs.toFixed(0)} ms, sent ${((one.sentAt - injectedAt) / 1000).toFixed(1)} s in, through ${one.gateway}: ${one.detail ?? one.codes.join()}`,
      ),
  };
}

/** A frozen gateway holds what the balancer goes on sending until it notices. */
function wasInFlight(
  { sentAt, gateway, outcome }: HomeRecord,
  fault: Fault | undefined,
  injectedAt: number,
): boolean {
  if (fault?.of !== 'process') return false;
  if (fault.act === 'freeze' && gateway === fault.target) return sentAt < injectedAt + BALANCER_NOTICES_MS;
  // The system goes on taking connections for a process until it has ended it.
  if (fault.act === 'kill' && gateway === fault.target && outcome === 'cut')
    return sentAt < injectedAt + ENDING_MS;
  return sentAt <= injectedAt && (outcome !== 'cut' || gateway === fault.target);
}

function writesOf(records: readonly WriteRecord[]): Row['writes'] {
  const latencies = records.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  return {
    tries: records.length,
    accepted: records.filter(({ told }) => told === 'accepted').length,
    p99: percentile(latencies, 99),
    told: tally(records.flatMap(({ code }) => code ?? [])),
  };
}

function reasonsOf(row: Omit<Row, 'verdict' | 'reasons'>, { unwell, fault }: Episode): string[] {
  const { homes, events, unready } = row;
  const reasons: string[] = [];
  const bad = (n: number, what: string): void => {
    if (n > 0) reasons.push(`${n} ${what}`);
  };
  bad(homes.failed, 'home requests without rows');
  bad(homes.shed, 'home requests refused');
  bad(events.lost, 'acknowledged events lost');
  bad(events.countedTwice, 'events counted twice');
  bad(events.unreflected, 'events in the log and not reflected');
  if (unwell.length > 0) reasons.push(`not well again in time: ${unwell.join('; ')}`);
  const quitters = Object.keys(unready).filter((name) =>
    /^(gateway|recommendation|content|user-profile)/.test(name),
  );
  if (fault !== undefined && quitters.length > 0) reasons.push(`not ready meanwhile: ${quitters.join(', ')}`);
  return reasons;
}

function expectedOf(fault: Fault | undefined): string {
  if (fault === undefined) return 'full pages, every write accepted';
  if (fault.of === 'process')
    return 'no home request fails but those in flight in it; no acknowledged event is lost';
  return 'every home request is answered with rows, by a step of the ladder where need be; no acknowledged event is lost';
}

function notTestedOf(fault: Fault | undefined): string {
  if (fault === undefined) return '';
  const kill =
    fault.act === 'kill' ? 'a power cut (SIGKILL keeps what the system has not written to the disk)' : '';
  const network = fault.act === 'freeze' ? 'a network that drops packets' : '';
  const several = 'two faults at a time';
  return [kill, network, several].filter((one) => one !== '').join('; ');
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
