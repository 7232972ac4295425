/**
 * The audience's past as one log in order of time. Sessions are simulated in order of their start and their events
 * held back until no later session can precede them, so memory holds a few hours of events and what each viewer
 * remembers, whatever the length of the history.
 */
import { DAY_MS, type MarqueeEvent, MINUTE_MS } from '@marquee/domain';
import { draftEvent } from './event-draft.ts';
import type { FilmWorld } from './film-world.ts';
import { uniformAt } from './mix.ts';
import { personaHistory } from './persona-history.ts';
import type { TitlePools } from './pools.ts';
import { comesOn, dayOf, sessionStart } from './schedule.ts';
import { simulateSession } from './session.ts';
import { activityOf } from './taste.ts';
import type { Viewer, Viewers } from './viewers.ts';
import { emptyMemory, type ViewingMemory } from './viewing-memory.ts';

export interface HistoryWorld {
  readonly seed: number;
  readonly world: FilmWorld;
  readonly pools: TitlePools;
  readonly viewers: Viewers;
  readonly now: number;
}

const BATCH = 4_096;
/** Share of viewers who told their favourite genres when they registered. */
const ONBOARDED = 0.3;
const ONBOARDING_GENRES = 3;

/** Batches of at most `BATCH` events, from registrations a day before the period up to just before `now`. */
export function* history(options: HistoryWorld, days: number): Generator<MarqueeEvent[]> {
  const log = createLog(options.seed);
  const personaEvents = options.viewers.personas
    .flatMap((viewer) => personaHistory(viewer, viewer.persona!, { ...options, days }))
    .sort((a, b) => a.occurredAt - b.occurredAt);
  let nextPersonaEvent = 0;
  const addPersonasBefore = (instant: number): void => {
    for (; nextPersonaEvent < personaEvents.length; nextPersonaEvent++) {
      const event = personaEvents[nextPersonaEvent]!;
      if (event.occurredAt >= instant) return;
      log.add(event);
    }
  };

  for (const event of registrations(options, days)) {
    log.add(event);
    if (log.isDue()) {
      addPersonasBefore(event.occurredAt);
      yield* log.before(event.occurredAt);
    }
  }
  for (const { startedAt, events } of sessions(options, days)) {
    if (log.isDue()) {
      addPersonasBefore(startedAt);
      yield* log.before(startedAt);
    }
    for (const event of events) log.add(event);
  }
  addPersonasBefore(options.now);
  yield* log.before(options.now);
}

/** Over the twelve hours that begin a day before the period, in order of time. */
function* registrations({ viewers, world, seed, now }: HistoryWorld, days: number): Generator<MarqueeEvent> {
  const from = now - (days + 1) * DAY_MS;
  const step = DAY_MS / 2 / Math.max(1, viewers.count);
  for (let n = 0; n < viewers.count; n++) {
    const { id, name, taste } = viewers.drawn(n);
    const at = Math.floor(from + n * step);
    yield draftEvent('PROFILE_REGISTERED', id, at, {
      name,
      segment: taste.segment.name,
      region: taste.region,
      ...(taste.maturityLimit === undefined ? {} : { maturityLimit: taste.maturityLimit }),
    });
    if (world.genreIds.length >= ONBOARDING_GENRES && uniformAt(seed, n, 31) < ONBOARDED) {
      const order = [...world.genreIds.keys()].sort((a, b) => taste.genres[b]! - taste.genres[a]! || a - b);
      const genreIds = order.slice(0, ONBOARDING_GENRES).map((g) => world.genreIds[g]!);
      yield draftEvent('ONBOARDING_COMPLETED', id, at + MINUTE_MS, { genreIds });
    }
  }
}

/** Every session of the period, by start. */
function* sessions(
  { seed, world, pools, viewers, now }: HistoryWorld,
  days: number,
): Generator<{ startedAt: number; events: readonly MarqueeEvent[] }> {
  const from = now - days * DAY_MS;
  const memories = new Map<number, ViewingMemory>();
  for (let day = dayOf(from); day <= dayOf(now); day++) {
    const starts: { n: number; startedAt: number; viewer: Viewer }[] = [];
    for (let n = 0; n < viewers.count; n++) {
      if (!comesOn(seed, n, day, activityOf(seed, n))) continue;
      const viewer = viewers.drawn(n);
      const startedAt = sessionStart(seed, n, day, viewer.taste.segment);
      if (startedAt >= from && startedAt < now) starts.push({ n, startedAt, viewer });
    }
    starts.sort((a, b) => a.startedAt - b.startedAt || a.n - b.n);
    for (const { n, startedAt, viewer } of starts) {
      const memory = memories.get(n) ?? emptyMemory();
      memories.set(n, memory);
      const events: MarqueeEvent[] = [];
      simulateSession({ seed, world, pools, viewer, n, memory, startedAt }, events);
      // A session still going on at `now` has not been reported yet.
      if (events.every(({ receivedAt }) => receivedAt <= now)) yield { startedAt, events };
    }
  }
}

interface Log {
  add(event: MarqueeEvent): void;
  isDue(): boolean;
  /** Everything that happened before the instant, in order and numbered. */
  before(instant: number): Generator<MarqueeEvent[]>;
}

function createLog(seed: number): Log {
  let pending: MarqueeEvent[] = [];
  let due = BATCH;
  let count = 0;
  return {
    add: (event) => {
      pending.push(event);
    },
    isDue: () => pending.length >= due,
    *before(instant) {
      const ready = pending.filter((event) => event.occurredAt < instant);
      pending = pending.filter((event) => event.occurredAt >= instant);
      // Sorting again only when much has come in keeps the cost per event constant.
      due = Math.max(BATCH, 2 * pending.length);
      ready.sort((a, b) => a.occurredAt - b.occurredAt);
      for (const event of ready) event.eventId = `sim-${seed}-${++count}`;
      for (let i = 0; i < ready.length; i += BATCH) yield ready.slice(i, i + BATCH);
    },
  };
}
