import { EVENT_TYPES, partitionOf } from '@marquee/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Subjects } from './subjects.ts';

const subjects = new Subjects('marquee', 8);
const profileId = fc.string({ minLength: 1, maxLength: 128, unit: 'binary' });
const type = fc.constantFrom(...EVENT_TYPES);

describe('subjects', () => {
  it('never change: events keep theirs for the life of the log', () => {
    expect(subjects.ofEvent({ profileId: 'ada', type: 'PLAY_STOP' })).toBe(
      'marquee.events.7.light.PLAY_STOP.1',
    );
  });

  it('are well formed whatever characters a profile id has, and say partition and type', () => {
    fc.assert(
      fc.property(profileId, type, (id, eventType) => {
        const subject = subjects.ofEvent({ profileId: id, type: eventType });
        expect(subject).toMatch(/^marquee\.events\.\d\.(light|heavy)\.[A-Z_]+\.\d$/);
        expect(subjects.addressOf(subject)).toEqual({ partition: partitionOf(id, 8), type: eventType });
      }),
    );
  });

  it('leave heavy types out for consumers that do not want them', () => {
    expect(subjects.ofPartition(3, ['PLAY_STOP', 'IMPRESSION'])).toBe('marquee.events.3.light.>');
    expect(subjects.ofPartition(undefined, ['SLATE_SERVED'])).toBe('marquee.events.*.heavy.>');
    expect(subjects.ofPartition(3, ['PLAY_STOP', 'SLATE_SERVED'])).toBe('marquee.events.3.>');
    expect(subjects.ofPartition(undefined)).toBe('marquee.events.>');
  });
});
