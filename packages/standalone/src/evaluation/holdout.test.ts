import type { MarqueeEvent } from '@marquee/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROTOCOLS, splitHoldout } from './holdout.ts';

const DAY = 86_400_000;

function watch(profileId: string, titleId: string, day: number, watchedSeconds = 3_600): MarqueeEvent {
  return {
    eventId: `${profileId}-${titleId}-${day}`,
    type: 'PLAY_STOP',
    schemaVersion: 1,
    occurredAt: day * DAY,
    receivedAt: day * DAY,
    profileId,
    payload: { titleId, watchedSeconds },
  };
}

const options = { testDays: 14, testFraction: 0.2 };

describe('splitHoldout', () => {
  it('temporal: one cutoff; only new titles of profiles with a past are asked for', () => {
    const events = [
      watch('a', 'old', 1),
      watch('b', 'other', 2),
      watch('a', 'old', 95),
      watch('a', 'new', 96),
      watch('a', 'glanced', 97, 60),
      watch('newcomer', 'new', 98),
      watch('b', 'last', 100),
    ];
    const split = splitHoldout(events, 'temporal', options);
    expect(split.now).toBe(86 * DAY);
    expect(split.train.map((event) => event.eventId)).toEqual(['a-old-1', 'b-other-2']);
    expect(split.relevant).toEqual(
      new Map([
        ['a', new Set(['new'])],
        ['b', new Set(['last'])],
      ]),
    );
  });

  it('per-profile: the last fifth of first watches is held out', () => {
    const events = Array.from({ length: 10 }, (_, i) => watch('a', `t${i}`, i));
    const split = splitHoldout(events, 'per-profile', options);
    expect([...split.relevant.get('a')!]).toEqual(['t8', 't9']);
    expect(split.train).toHaveLength(8);
  });

  it('never lets a profile learn from its own future, nor asks for what it already watched', () => {
    const arbitraryEvents = fc
      .array(
        fc.tuple(
          fc.integer({ min: 0, max: 3 }),
          fc.integer({ min: 0, max: 8 }),
          fc.integer({ min: 0, max: 60 }),
        ),
      )
      .map((rows) => rows.sort((x, y) => x[2] - y[2]).map(([p, t, day]) => watch(`p${p}`, `t${t}`, day)));
    fc.assert(
      fc.property(arbitraryEvents, fc.constantFrom(...PROTOCOLS), (events, protocol) => {
        const split = splitHoldout(events, protocol, options);
        for (const [profileId, relevant] of split.relevant) {
          const own = split.train.filter((event) => event.profileId === profileId);
          const known = new Set(own.map((event) => (event.payload as { titleId: string }).titleId));
          expect([...relevant].some((id) => known.has(id))).toBe(false);
          const lastKnown = Math.max(...own.map((event) => event.occurredAt));
          const held = events.filter(
            (event) =>
              event.profileId === profileId && relevant.has((event.payload as { titleId: string }).titleId),
          );
          for (const event of held) expect(event.occurredAt).toBeGreaterThanOrEqual(lastKnown);
        }
      }),
    );
  });
});
