import {
  DAY_MS,
  type DeliveredEvent,
  type EventPayload,
  type EventType,
  HOUR_MS,
  MINUTE_MS,
} from '@marquee/domain';
import { eventOf, SAMPLE_INSTANT, sampleTitle } from '@marquee/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryLog, titleTable } from '../test/arbitrary-log.ts';
import { createTitleTable } from '../title-table.ts';
import {
  emptyProfileState,
  MAX_HISTORY,
  MAX_TASTE_KEYS,
  MAX_TRACKED_IMPRESSIONS,
  type ProfileState,
  TASTE_HALF_LIFE_DAYS,
} from '../views/profile-state.view.ts';
import { applyToProfile } from './materialiser.ts';

const T = SAMPLE_INSTANT;
/** 100 minutes; drama by person-1, of 2010. */
const titles = createTitleTable([
  sampleTitle({ id: 't', runtimeMinutes: 100 }),
  sampleTitle({ id: 'u', runtimeMinutes: 100 }),
]);

type Step = { [K in EventType]: [type: K, payload: EventPayload<K>, at?: number] }[EventType];

/** The state after events with sequences 1, 2, …; at `T` unless a step says otherwise. */
function after(...steps: Step[]): ProfileState {
  return steps.reduce(
    (state, [type, payload, at], i) => applyToProfile(state, delivered(i + 1, type, payload, at), titles),
    emptyProfileState(),
  );
}
function delivered(sequence: number, type: EventType, payload: object, at = T): DeliveredEvent {
  return { sequence, event: eventOf(type, payload as never, { occurredAt: at }) as DeliveredEvent['event'] };
}
const play = (
  seconds: number,
  at?: number,
  type: 'PLAY_START' | 'PLAY_PROGRESS' | 'PLAY_STOP' = 'PLAY_PROGRESS',
  titleId = 't',
): Step => [type, { titleId, watchedSeconds: seconds, positionSeconds: seconds }, at];
const dramaAt = (state: ProfileState, now: number): number =>
  (state.taste.genres.drama ?? 0) * 2 ** (-(now - state.taste.updatedAt) / (TASTE_HALF_LIFE_DAYS * DAY_MS));

describe('applyToProfile', () => {
  it('never changes its argument', () => {
    const table = titleTable();
    fc.assert(
      fc.property(arbitraryLog(20), (log) => {
        let state = emptyProfileState();
        for (const event of log) {
          const copy = structuredClone(state);
          const next = applyToProfile(state, event, table);
          expect(state).toEqual(copy);
          state = next;
        }
      }),
      { numRuns: 40 },
    );
  });

  it('leaves the state alone when an event comes again', () => {
    const state = after(play(600));
    expect(applyToProfile(state, delivered(1, 'TITLE_HIDDEN', { titleId: 't' }), titles)).toBe(state);
  });

  it.each<[string, Step]>([
    ['IMPRESSION', ['IMPRESSION', { titleId: 't' }]],
    ['DETAILS_OPENED', ['DETAILS_OPENED', { titleId: 't' }]],
    ['EXPOSURE', ['EXPOSURE', { experimentKey: 'e', variantKey: 'v' }]],
  ])('keeps the page after %s', (_, step) => {
    expect(after(step)).toMatchObject({ revision: 0, appliedSequence: 1 });
  });

  it.each<[string, Step]>([
    ['PLAY_START', ['PLAY_START', { titleId: 't' }]],
    ['REACTION_SET', ['REACTION_SET', { titleId: 't', reaction: 'LIKE' }]],
    ['TITLE_HIDDEN', ['TITLE_HIDDEN', { titleId: 't' }]],
    ['LIST_SAVED', ['LIST_SAVED', { titleId: 't' }]],
    ['PERSON_FOLLOWED', ['PERSON_FOLLOWED', { personId: 'p' }]],
    ['ONBOARDING_COMPLETED', ['ONBOARDING_COMPLETED', { genreIds: ['a', 'b', 'c'] }]],
    ['PROFILE_REGISTERED', ['PROFILE_REGISTERED', { name: 'n', segment: 's' }]],
    ['PROFILE_ERASED', ['PROFILE_ERASED', {}]],
  ])('makes the page stale after %s', (_, step) => {
    expect(after(step)).toMatchObject({ revision: 1, appliedSequence: 1 });
  });
});

describe('watching', () => {
  it('qualifies above two minutes, completes at nine tenths, counts a title once', () => {
    expect(after(play(120))).toMatchObject({ qualifiedWatches: 0, history: [{ qualified: false }] });
    expect(after(play(121))).toMatchObject({
      qualifiedWatches: 1,
      history: [{ qualified: true, completed: false }],
    });
    const thrice = after(play(600), play(5_400, T + HOUR_MS), play(3_000, T + 3 * DAY_MS));
    expect(thrice).toMatchObject({
      qualifiedWatches: 1,
      history: [{ completed: true, watchedSeconds: 5_400 }],
    });
  });

  it('does not move a newer playhead back, nor its place in the history', () => {
    const state = after(play(3_000, T), play(60, T, 'PLAY_START', 'u'), play(600, T - HOUR_MS));
    expect(state.history.map((entry) => entry.titleId)).toEqual(['u', 't']);
    expect(state.history[1]).toMatchObject({
      positionSeconds: 3_000,
      lastWatchedAt: T,
      firstWatchedAt: T - HOUR_MS,
    });
  });

  it('adds up to the same taste by heartbeats as by one report at the end', () => {
    const heartbeats = Array.from({ length: 60 }, (_, i) => play((i + 1) * 100));
    expect(dramaAt(after(...heartbeats), T)).toBeCloseTo(dramaAt(after(play(6_000)), T), 9);
    // A full watch is worth 1, whatever came before.
    expect(dramaAt(after(play(6_000)), T)).toBeCloseTo(1, 9);
  });

  it('counts a title again when it is watched again on another day, not within one', () => {
    expect(dramaAt(after(play(6_000), play(6_000, T + 5 * HOUR_MS)), T)).toBeCloseTo(1, 6);
    const later = after(play(6_000), play(6_000, T + 2 * DAY_MS));
    expect(dramaAt(later, T)).toBeCloseTo(1 + 2 ** (2 / TASTE_HALF_LIFE_DAYS), 6);
  });

  it('counts against a title that is stopped early, and forgives when it goes on', () => {
    const stopped = after(play(200, T, 'PLAY_STOP'));
    expect(stopped.history[0]!.abandoned).toBe(true);
    expect(dramaAt(stopped, T)).toBeLessThan(0);
    const resumed = after(play(200, T, 'PLAY_STOP'), play(6_000, T + 2 * HOUR_MS, 'PLAY_STOP'));
    expect(resumed.history[0]!.abandoned).toBe(false);
    expect(dramaAt(resumed, T)).toBeGreaterThan(1);
    // The last minutes of a film are no abandonment.
    const credits: Step = ['PLAY_STOP', { titleId: 't', watchedSeconds: 90, positionSeconds: 5_950 }];
    expect(after(credits).history[0]).toMatchObject({ abandoned: false, completed: true });
  });

  it('enters plays of unknown titles in the history and learns nothing from them', () => {
    const state = after(['PLAY_STOP', { titleId: 'unknown', watchedSeconds: 4_000 }]);
    expect(state.history[0]).toMatchObject({ titleId: 'unknown', positionSeconds: 4_000 });
    expect(state.taste.total).toBe(0);
  });
});

describe('taste', () => {
  it('halves every half-life, counted from the instant of the event', () => {
    const state = after(play(6_000), ['IMPRESSION', { titleId: 't' }, T + 100 * DAY_MS]);
    expect(dramaAt(state, T + TASTE_HALF_LIFE_DAYS * DAY_MS)).toBeCloseTo(0.5, 9);
    const later = after(play(6_000), play(6_000, T + TASTE_HALF_LIFE_DAYS * DAY_MS, 'PLAY_STOP', 'u'));
    expect(dramaAt(later, T + TASTE_HALF_LIFE_DAYS * DAY_MS)).toBeCloseTo(1.5, 9);
  });

  it('takes a reaction back as if it had never been', () => {
    const neutral = after(
      ['REACTION_SET', { titleId: 't', reaction: 'LIKE' }, T],
      ['REACTION_SET', { titleId: 't', reaction: 'DISLIKE' }, T + DAY_MS],
      ['REACTION_SET', { titleId: 't', reaction: 'NONE' }, T + 60 * DAY_MS],
    );
    expect(neutral.reactions).toEqual({});
    expect(neutral.taste.total).toBeCloseTo(0, 9);
    expect(neutral.taste.genres).toEqual({});
  });

  it('follows and lists count, once', () => {
    const once = after(['PERSON_FOLLOWED', { personId: 'person-1' }], ['LIST_SAVED', { titleId: 't' }]);
    const twice = after(
      ['PERSON_FOLLOWED', { personId: 'person-1' }],
      ['LIST_SAVED', { titleId: 't' }],
      ['PERSON_FOLLOWED', { personId: 'person-1' }],
      ['LIST_SAVED', { titleId: 't' }],
    );
    expect(once.taste.people['person-1']).toBeGreaterThan(1);
    expect({ ...twice, revision: 0, appliedSequence: 0 }).toEqual({
      ...once,
      revision: 0,
      appliedSequence: 0,
    });
  });
});

describe('bounds', () => {
  it('keeps the latest history and impressions and the strongest tastes', () => {
    const many = createTitleTable(
      Array.from({ length: 700 }, (_, i) =>
        sampleTitle({ id: `m${i}`, directorIds: [`d${i}`], studio: `s${i}` }),
      ),
    );
    let state = emptyProfileState();
    let sequence = 0;
    for (let i = 0; i < 700; i++) {
      const seconds = 200 + i * 8;
      state = applyToProfile(
        state,
        delivered(++sequence, 'PLAY_STOP', { titleId: `m${i}`, watchedSeconds: seconds }, T + i * MINUTE_MS),
        many,
      );
      state = applyToProfile(
        state,
        delivered(++sequence, 'IMPRESSION', { titleId: `x${i}` }, T + i * MINUTE_MS),
        many,
      );
    }
    expect(state.history).toHaveLength(MAX_HISTORY);
    expect(state.history[0]!.titleId).toBe('m699');
    expect(state.history.at(-1)!.titleId).toBe('m400');
    expect(Object.keys(state.impressions)).toHaveLength(MAX_TRACKED_IMPRESSIONS);
    expect(state.impressions.x699).toBeDefined();
    expect(state.impressions.x0).toBeUndefined();
    for (const keys of [state.taste.people, state.taste.studios]) {
      expect(Object.keys(keys).length).toBeLessThanOrEqual(MAX_TASTE_KEYS * (4 / 3));
    }
    expect(state.taste.people.d699).toBeDefined();
    expect(state.qualifiedWatches).toBe(700);
  });
});

describe('the rest of the profile', () => {
  it('forgets impressions of what is played', () => {
    const seen: Step = ['IMPRESSION', { titleId: 't' }];
    expect(after(seen, seen).impressions.t).toEqual({ count: 2, lastAt: T });
    expect(after(seen, seen, play(10)).impressions).toEqual({});
  });

  it('hides and unhides, saves newest first, follows, registers', () => {
    const state = after(
      ['PROFILE_REGISTERED', { name: 'n', segment: 'family', region: 'DE', maturityLimit: 'PG' }],
      ['TITLE_HIDDEN', { titleId: 't' }],
      ['TITLE_HIDDEN', { titleId: 'u' }],
      ['TITLE_UNHIDDEN', { titleId: 't' }],
      ['LIST_SAVED', { titleId: 't' }],
      ['LIST_SAVED', { titleId: 'u' }],
      ['PERSON_FOLLOWED', { personId: 'p' }],
      ['PERSON_UNFOLLOWED', { personId: 'q' }],
    );
    expect(state).toMatchObject({
      registered: true,
      segment: 'family',
      region: 'DE',
      maturityLimit: 'PG',
      hiddenTitleIds: ['u'],
      myList: [{ titleId: 'u' }, { titleId: 't' }],
      followedPersonIds: ['p'],
    });
    const moved = applyToProfile(
      state,
      delivered(9, 'PROFILE_REGISTERED', { name: 'n', segment: 'all' }),
      titles,
    );
    expect(moved.region).toBeUndefined();
    expect(moved.maturityLimit).toBeUndefined();
  });

  it('erases everything but its place in the log and when that was', () => {
    const state = after(play(6_000), ['TITLE_HIDDEN', { titleId: 'u' }], ['PROFILE_ERASED', {}]);
    expect(state).toEqual({ ...emptyProfileState(), revision: 3, appliedSequence: 3, erasedAt: T });
  });

  it('drops what happened before an erasure and comes after it, whatever its type, and the page stays as it is', () => {
    fc.assert(
      fc.property(arbitraryLog(30), (log) => {
        const end = Math.max(T, ...log.map(({ event }) => event.occurredAt)) + 1;
        const erased = applyToProfile(emptyProfileState(), delivered(1, 'PROFILE_ERASED', {}, end), titles);
        const late = log.filter(({ event }) => event.type !== 'PROFILE_ERASED');
        const state = late.reduce(
          (before, one) => applyToProfile(before, { ...one, sequence: one.sequence + 1 }, titles),
          erased,
        );
        const appliedSequence = late.length === 0 ? 1 : late.at(-1)!.sequence + 1;
        expect(state).toEqual({ ...erased, appliedSequence });
      }),
    );
  });

  it('drops what was accepted before an erasure, whatever the clock of the client said', () => {
    const erased = after(['PROFILE_ERASED', {}]);
    const event = eventOf('LIST_SAVED', { titleId: 't' }, { occurredAt: T + MINUTE_MS, receivedAt: T - 1 });
    const state = applyToProfile(erased, { sequence: 2, event: event as DeliveredEvent['event'] }, titles);
    expect(state.myList).toEqual([]);
  });

  it('lets an erased profile begin anew, and keeps the life before out of the new one', () => {
    const state = after(
      ['TITLE_HIDDEN', { titleId: 'u' }, T - 5],
      ['PROFILE_ERASED', {}],
      ['PROFILE_REGISTERED', { name: 'n', segment: 'family' }],
      ['TITLE_HIDDEN', { titleId: 't' }, T + 1],
      ['LIST_SAVED', { titleId: 'u' }, T - 1],
      ['PROFILE_ERASED', {}, T - 10],
      ['LIST_SAVED', { titleId: 't' }, T - 1],
      ['LIST_SAVED', { titleId: 'u' }, T + 2],
    );
    expect(state).toMatchObject({ hiddenTitleIds: [], myList: [{ titleId: 'u' }], erasedAt: T });
  });
});
