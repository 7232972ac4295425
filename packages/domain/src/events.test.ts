import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, eventSchema, isFeedback, type MarqueeEvent } from './events.ts';

const play = {
  eventId: 'e1',
  type: 'PLAY_STOP',
  schemaVersion: 1,
  occurredAt: 1_000,
  receivedAt: 2_000,
  profileId: 'p1',
  payload: { titleId: 't1', watchedSeconds: 600, positionSeconds: 620 },
} as const;

describe('event envelope', () => {
  it('accepts a play and drops keys it does not know', () => {
    const parsed = eventSchema.parse({ ...play, payload: { ...play.payload, extra: 1 } });
    expect(parsed).toEqual(play);
    expect(isFeedback(parsed)).toBe(true);
  });

  it.each([
    ['an unknown type', { ...play, type: 'PLAY_SIDEWAYS' }],
    ['another schema version', { ...play, schemaVersion: 2 }],
    ['negative seconds', { ...play, payload: { titleId: 't1', watchedSeconds: -1 } }],
    ['an empty event id', { ...play, eventId: '' }],
    ['an over-long title id', { ...play, payload: { titleId: 'x'.repeat(129) } }],
    ['a payload of another type', { ...play, type: 'REACTION_SET' }],
  ])('refuses %s', (_, candidate) => {
    expect(eventSchema.safeParse(candidate).success).toBe(false);
  });

  it('knows a payload for every type', () => {
    expect(EVENT_TYPES).toContain('TITLE_HIDDEN');
    const hidden: MarqueeEvent = { ...play, type: 'TITLE_HIDDEN', payload: { titleId: 't1' } };
    expect(eventSchema.parse(hidden)).toEqual(hidden);
  });
});
