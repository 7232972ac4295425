/** Random logs of a small world for property tests: few profiles and titles, so that they meet often. */
import { DAY_MS, type DeliveredEvent, type EventOf, type EventType, MINUTE_MS } from '@marquee/domain';
import { eventOf, SAMPLE_INSTANT, sampleTitles } from '@marquee/testkit';
import fc from 'fast-check';
import { createTitleTable } from '../title-table.ts';

export const TITLES = sampleTitles(8, (i) => ({
  genreIds: [`genre-${i % 3}`, `genre-${(i + 1) % 4}`],
  directorIds: [`director-${i % 3}`],
  castIds: [`actor-${i % 4}`, `actor-${i % 5}`],
  studio: `studio-${i % 2}`,
}));
export const titleTable = () => createTitleTable(TITLES);
export const PROFILES = ['ada', 'ben', 'constructor'];

/** One of them is not in the catalogue. */
const titleId = fc.constantFrom(...TITLES.map((title) => title.id), 'unknown-title');
const plays = ['PLAY_START', 'PLAY_PROGRESS', 'PLAY_STOP'] as const;

const payload: fc.Arbitrary<{ type: EventType; payload: object }> = fc.oneof(
  { weight: 3, arbitrary: titleId.map((id) => ({ type: 'IMPRESSION' as const, payload: { titleId: id } })) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.constantFrom(...plays), titleId, fc.integer({ min: 0, max: 8_000 }), fc.boolean())
      .map(([type, id, seconds, playhead]) => ({
        type,
        payload: { titleId: id, watchedSeconds: seconds, ...(playhead && { positionSeconds: seconds }) },
      })),
  },
  fc
    .tuple(titleId, fc.constantFrom('LIKE' as const, 'DISLIKE' as const, 'NONE' as const))
    .map(([id, reaction]) => ({ type: 'REACTION_SET' as const, payload: { titleId: id, reaction } })),
  fc
    .tuple(
      fc.constantFrom(
        'TITLE_HIDDEN' as const,
        'TITLE_UNHIDDEN' as const,
        'LIST_SAVED' as const,
        'LIST_REMOVED' as const,
      ),
      titleId,
    )
    .map(([type, id]) => ({ type, payload: { titleId: id } })),
  fc
    .tuple(
      fc.constantFrom('PERSON_FOLLOWED' as const, 'PERSON_UNFOLLOWED' as const),
      fc.integer({ min: 0, max: 3 }),
    )
    .map(([type, n]) => ({ type, payload: { personId: `director-${n}` } })),
  fc
    .constantFrom('family', 'student')
    .map((segment) => ({ type: 'PROFILE_REGISTERED' as const, payload: { name: 'n', segment } })),
  fc.constant({
    type: 'ONBOARDING_COMPLETED' as const,
    payload: { genreIds: ['genre-0', 'genre-1', 'genre-2'] },
  }),
  fc.constant({ type: 'PROFILE_ERASED' as const, payload: {} }),
  fc.constant({ type: 'EXPOSURE' as const, payload: { experimentKey: 'e', variantKey: 'v' } }),
);

/** Where it stood on a home page, of what came from one. */
const place = fc.option(
  fc.record({
    row: fc.integer({ min: 0, max: 17 }),
    position: fc.integer({ min: 0, max: 1 }),
    rowKind: fc.constantFrom('TRENDING', 'GENRE', 'constructor'),
    artworkVariant: fc.integer({ min: 0, max: 2 }),
  }),
  { nil: undefined },
);
const FROM_PAGES: ReadonlySet<EventType> = new Set(['IMPRESSION', ...plays]);

/** Events in log order; times mostly grow, over some months, and sometimes jump back. */
export const arbitraryLog = (maxLength = 60): fc.Arbitrary<readonly DeliveredEvent[]> =>
  fc
    .array(
      fc.tuple(payload, fc.constantFrom(...PROFILES), fc.integer({ min: -60 * 24, max: 5 * 24 * 60 }), place),
      { maxLength },
    )
    .map((entries) => {
      let at = SAMPLE_INSTANT - 60 * DAY_MS;
      return entries.map(([{ type, payload }, profileId, minutes, stood], i) => {
        at += minutes * MINUTE_MS;
        const from = FROM_PAGES.has(type) ? stood : undefined;
        const whole =
          from === undefined
            ? payload
            : { ...payload, rowKind: from.rowKind, artworkVariant: from.artworkVariant };
        const event = eventOf(type, whole as EventOf<typeof type>['payload'], {
          profileId,
          occurredAt: at,
          ...(from && { row: from.row, position: from.position }),
        });
        return { sequence: (i + 1) * 2, event: event as DeliveredEvent['event'] };
      });
    });

/** The same events, cut into consecutive batches at the given places. */
export function split<T>(items: readonly T[], cuts: readonly number[]): readonly (readonly T[])[] {
  const places = [0, ...cuts.map((cut) => cut % (items.length + 1)).sort((a, b) => a - b), items.length];
  return places.slice(1).map((end, i) => items.slice(places[i]!, end));
}
