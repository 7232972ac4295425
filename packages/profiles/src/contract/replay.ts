/**
 * The projection against an independent reading of the log: for any events, however they are split into batches
 * and redelivered, the tables say what the definition says.
 */
import type { DeliveredEvent, EventType, MarqueeEvent } from '@marquee/domain';
import { eventOf, SAMPLE_INSTANT } from '@marquee/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProfileExport, Profiles } from '../index.ts';

const PROFILES = ['ada', 'bob'];
const TITLES = ['t1', 't2', 't3'];
const PEOPLE = ['varda', 'kubrick'];

const seconds = fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined });
const title = fc.constantFrom(...TITLES);
const person = fc.constantFrom(...PEOPLE);
const genres = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 3 });

const content = fc.oneof(
  fc.record({
    type: fc.constantFrom('LIST_SAVED', 'LIST_REMOVED', 'TITLE_HIDDEN', 'TITLE_UNHIDDEN'),
    payload: fc.record({ titleId: title }),
  }),
  fc.record({
    type: fc.constant('REACTION_SET'),
    payload: fc.record({ titleId: title, reaction: fc.constantFrom('LIKE', 'DISLIKE', 'NONE') }),
  }),
  fc.record({
    type: fc.constantFrom('PLAY_START', 'PLAY_PROGRESS', 'PLAY_STOP', 'IMPRESSION'),
    payload: fc.record({ titleId: title, watchedSeconds: seconds, positionSeconds: seconds }),
  }),
  fc.record({
    type: fc.constantFrom('PERSON_FOLLOWED', 'PERSON_UNFOLLOWED'),
    payload: fc.record({ personId: person }),
  }),
  fc.record({ type: fc.constant('ONBOARDING_COMPLETED'), payload: fc.record({ genreIds: genres }) }),
  fc.record({
    type: fc.constant('PROFILE_REGISTERED'),
    payload: fc.record({
      name: fc.constantFrom('A', 'B'),
      segment: fc.constantFrom('all', 'kids'),
      region: fc.constantFrom('DE', undefined),
    }),
  }),
  fc.record({ type: fc.constant('PROFILE_ERASED'), payload: fc.constant({}) }),
);

// Few instants, so that ties and lateness are the rule.
const event: fc.Arbitrary<MarqueeEvent> = fc
  .record({ content, profileId: fc.constantFrom(...PROFILES), occurredAt: fc.integer({ min: 0, max: 6 }) })
  .map(({ content: { type, payload }, profileId, occurredAt }) =>
    eventOf(type as EventType, payload as never, { profileId, occurredAt: SAMPLE_INSTANT + occurredAt }),
  );

/** The state by definition: no folding, no merging, just the log read with the rule of each fact. */
function expectedExport(
  log: readonly MarqueeEvent[],
  profileId: string,
): Omit<ProfileExport, 'profile'> & { known: boolean } {
  const own = log.filter((entry) => entry.profileId === profileId);
  const lastErasure = own.findLastIndex((entry) => entry.type === 'PROFILE_ERASED');
  const barrier = Math.max(
    -1,
    ...own.filter((entry) => entry.type === 'PROFILE_ERASED').map((entry) => entry.occurredAt),
  );
  const alive = own.filter(
    (entry, index) => index > lastErasure && entry.occurredAt >= barrier && entry.type !== 'IMPRESSION',
  );
  // A stable sort keeps the order of sequences among equals.
  const byTime = alive.toSorted((a, b) => a.occurredAt - b.occurredAt);
  const newestOf = (matches: (entry: MarqueeEvent) => boolean) => byTime.findLast(matches);
  const about =
    (titleId: string, ...types: EventType[]) =>
    (entry: MarqueeEvent) =>
      types.includes(entry.type) && (entry.payload as { titleId: string }).titleId === titleId;
  const perTitle = <T>(of: (titleId: string) => T | undefined): T[] =>
    TITLES.map(of).filter((value) => value !== undefined);
  const plays = ['PLAY_START', 'PLAY_PROGRESS', 'PLAY_STOP'] as const;
  type Play = { watchedSeconds?: number; positionSeconds?: number };
  const taste = newestOf((entry) => entry.type === 'ONBOARDING_COMPLETED');
  return {
    known: alive.length > 0,
    reactions: perTitle((titleId) => {
      const last = newestOf(about(titleId, 'REACTION_SET'));
      if (last?.type !== 'REACTION_SET' || last.payload.reaction === 'NONE') return undefined;
      return { titleId, reaction: last.payload.reaction, at: last.occurredAt };
    }),
    hidden: perTitle((titleId) => {
      const last = newestOf(about(titleId, 'TITLE_HIDDEN', 'TITLE_UNHIDDEN'));
      return last?.type === 'TITLE_HIDDEN' ? { titleId, at: last.occurredAt } : undefined;
    }),
    myList: perTitle((titleId) => {
      const last = newestOf(about(titleId, 'LIST_SAVED', 'LIST_REMOVED'));
      return last?.type === 'LIST_SAVED' ? { titleId, savedAt: last.occurredAt } : undefined;
    }),
    followedPersonIds: PEOPLE.toSorted().filter((personId) => {
      const last = newestOf((entry) => 'personId' in entry.payload && entry.payload.personId === personId);
      return last?.type === 'PERSON_FOLLOWED';
    }),
    tasteGenreIds: taste?.type === 'ONBOARDING_COMPLETED' ? taste.payload.genreIds : [],
    history: perTitle((titleId) => {
      const watched = byTime.filter(about(titleId, ...plays));
      if (watched.length === 0) return undefined;
      const watchedSeconds = Math.max(...watched.map((entry) => (entry.payload as Play).watchedSeconds ?? 0));
      const placed = watched.findLast((entry) => (entry.payload as Play).positionSeconds !== undefined);
      return {
        titleId,
        watchedSeconds,
        positionSeconds: (placed?.payload as Play | undefined)?.positionSeconds ?? watchedSeconds,
        lastWatchedAt: watched.at(-1)!.occurredAt,
      };
    }),
  };
}

export function describeReplay(adapter: string, make: () => Profiles | Promise<Profiles>): void {
  describe(`replay into profiles on ${adapter}`, () => {
    let profiles: Profiles;
    let base = 0;

    beforeAll(async () => {
      profiles = await make();
      await profiles.start();
    });
    afterAll(() => profiles.stop());

    /** One store serves all runs: each run's profiles have names of their own. */
    async function project(
      log: readonly MarqueeEvent[],
      cuts: readonly number[],
    ): Promise<(id: string) => string> {
      const run = base;
      const name = (id: string) => `${id}-${run}`;
      const delivered: DeliveredEvent[] = log.map((entry, index) => ({
        sequence: run + index + 1,
        event: { ...entry, profileId: name(entry.profileId) },
      }));
      let from = 0;
      for (const cut of [...cuts, 1]) {
        const to = Math.max(from, Math.round(cut * delivered.length));
        await profiles.apply(delivered.slice(from, to));
        // Redelivery after a crash between effect and acknowledgement, and of some that are long done.
        await profiles.apply(delivered.slice(Math.max(0, from - 2), to).toReversed());
        from = to;
      }
      base += log.length;
      return name;
    }

    it('any log in any batches, redelivered and reordered in time, comes to the state that its definition gives', async () => {
      const cuts = fc
        .array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 })
        .map((list) => list.sort());
      await fc.assert(
        fc.asyncProperty(fc.array(event, { maxLength: 40 }), cuts, async (log, batches) => {
          const nameInBatches = await project(log, batches);
          const nameAtOnce = await project(log, []);
          for (const id of PROFILES) {
            const { profile, ...rest } = await profiles.exportProfile(nameInBatches(id));
            const { known, ...expected } = expectedExport(log, id);
            expect(rest).toEqual(expected);
            expect(profile !== undefined).toBe(known);
            const atOnce = (await profiles.exportProfile(nameAtOnce(id))).profile;
            expect({ ...profile, id }).toEqual({ ...atOnce, id });
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}
