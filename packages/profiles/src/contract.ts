/**
 * What every adapter of the profiles port guarantees. Run it with a maker of empty, not yet started stores:
 * `profilesContract('sqlite', () => createSqliteProfiles({ … }))`.
 */
import type { DeliveredEvent, EventPayload, EventType, MarqueeEvent } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { eventOf, SAMPLE_INSTANT, type SampleEnvelope } from '@marquee/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeBatches } from './contract/batches.ts';
import { describeReplay } from './contract/replay.ts';
import { MAX_IDS, MAX_PAGE, type Profiles } from './index.ts';

const T0 = SAMPLE_INSTANT;

export function profilesContract(adapter: string, make: () => Profiles | Promise<Profiles>): void {
  describeBatches(adapter, make);
  describeReplay(adapter, make);
  describe(`profiles on ${adapter}`, () => {
    let profiles: Profiles;
    let sequence: number;

    beforeEach(async () => {
      profiles = await make();
      sequence = 0;
      await profiles.start();
    });
    afterEach(() => profiles.stop());

    const delivered = (...events: MarqueeEvent[]): DeliveredEvent[] =>
      events.map((event) => ({ sequence: ++sequence, event }));
    const apply = (...events: MarqueeEvent[]) => profiles.apply(delivered(...events));
    /** An event by profile "ada", `seconds` after T0. */
    const at = <T extends EventType>(seconds: number, type: T, payload: EventPayload<T>) =>
      eventOf(type, payload, { profileId: 'ada', occurredAt: T0 + seconds * 1_000 } as SampleEnvelope<T>);
    const stateOf = async (titleId: string) => (await profiles.titleStates('ada', [titleId]))[0]!;

    it('answers by id in the order asked, undefined where nothing is known', async () => {
      await apply(
        at(0, 'PROFILE_REGISTERED', { name: 'Ada', segment: 'adult', region: 'DE', maturityLimit: 'PG_13' }),
        at(1, 'ONBOARDING_COMPLETED', { genreIds: ['drama', 'western', 'comedy'] }),
      );
      expect(await profiles.profilesByIds(['nobody', 'ada', 'ada'])).toEqual([
        undefined,
        ...Array(2).fill({
          id: 'ada',
          name: 'Ada',
          segment: 'adult',
          region: 'DE',
          maturityLimit: 'PG_13',
          tasteGenreIds: ['drama', 'western', 'comedy'],
          createdAt: T0,
        }),
      ]);
      expect(await profiles.profilesByIds([])).toEqual([]);
    });

    it('knows a profile that has acted without registering as a guest, and does not list it', async () => {
      await apply(at(5, 'REACTION_SET', { titleId: 't1', reaction: 'LIKE' }));
      expect(await profiles.profilesByIds(['ada'])).toEqual([
        { id: 'ada', name: 'Guest', segment: 'all', tasteGenreIds: [], createdAt: T0 + 5_000 },
      ]);
      expect(await profiles.count()).toBe(0);
      expect(await profiles.list({ first: 10 })).toEqual([]);
    });

    it('keeps the whole newest registration and the oldest age', async () => {
      await apply(at(5, 'PROFILE_REGISTERED', { name: 'Ada L.', segment: 'adult' }));
      await apply(at(2, 'PROFILE_REGISTERED', { name: 'Ada', segment: 'kids', region: 'DE' }));
      expect(await profiles.profilesByIds(['ada'])).toEqual([
        { id: 'ada', name: 'Ada L.', segment: 'adult', tasteGenreIds: [], createdAt: T0 + 2_000 },
      ]);
    });

    it('gives the neutral state for titles without any, in the order asked', async () => {
      await apply(at(0, 'TITLE_HIDDEN', { titleId: 't2' }), at(1, 'LIST_SAVED', { titleId: 't1' }));
      expect(await profiles.titleStates('ada', ['t3', 't2', 't1'])).toEqual([
        { titleId: 't3', reaction: 'NONE', inMyList: false, hidden: false },
        { titleId: 't2', reaction: 'NONE', inMyList: false, hidden: true },
        { titleId: 't1', reaction: 'NONE', inMyList: true, hidden: false },
      ]);
      expect(await profiles.titleStates('somebody else', ['t2'])).toEqual([
        { titleId: 't2', reaction: 'NONE', inMyList: false, hidden: false },
      ]);
    });

    it('lets the newest word win, whatever order the words arrive in', async () => {
      await apply(
        at(9, 'REACTION_SET', { titleId: 't', reaction: 'DISLIKE' }),
        at(9, 'TITLE_UNHIDDEN', { titleId: 't' }),
        at(9, 'LIST_REMOVED', { titleId: 't' }),
        at(9, 'PERSON_UNFOLLOWED', { personId: 'kubrick' }),
      );
      await apply(
        at(3, 'REACTION_SET', { titleId: 't', reaction: 'LIKE' }),
        at(3, 'TITLE_HIDDEN', { titleId: 't' }),
        at(3, 'LIST_SAVED', { titleId: 't' }),
        at(3, 'PERSON_FOLLOWED', { personId: 'kubrick' }),
      );
      expect(await stateOf('t')).toEqual({
        titleId: 't',
        reaction: 'DISLIKE',
        inMyList: false,
        hidden: false,
      });
      expect(await profiles.follows('ada')).toEqual([]);
    });

    it('lets the later sequence win between words of the same instant', async () => {
      await apply(
        at(1, 'REACTION_SET', { titleId: 't', reaction: 'LIKE' }),
        at(1, 'REACTION_SET', { titleId: 't', reaction: 'NONE' }),
      );
      await apply(at(1, 'TITLE_HIDDEN', { titleId: 't' }));
      await apply(at(1, 'TITLE_UNHIDDEN', { titleId: 't' }));
      expect(await stateOf('t')).toMatchObject({ reaction: 'NONE', hidden: false });
    });

    it('follows the newest playhead and the most watched seconds', async () => {
      await apply(
        at(0, 'PLAY_START', { titleId: 't' }),
        at(10, 'PLAY_PROGRESS', { titleId: 't', watchedSeconds: 600, positionSeconds: 640 }),
        at(20, 'PLAY_STOP', { titleId: 't', watchedSeconds: 60, positionSeconds: 100 }),
      );
      await apply(at(5, 'PLAY_PROGRESS', { titleId: 't', watchedSeconds: 300, positionSeconds: 320 }));
      await apply(at(30, 'PLAY_START', { titleId: 't' }));
      expect((await stateOf('t')).progress).toEqual({
        positionSeconds: 100,
        watchedSeconds: 600,
        lastWatchedAt: T0 + 30_000,
      });
    });

    it('takes the watched seconds as playhead of a client that tells none', async () => {
      await apply(at(0, 'PLAY_STOP', { titleId: 't', watchedSeconds: 600 }));
      expect((await stateOf('t')).progress?.positionSeconds).toBe(600);
    });

    it('pages lists newest first, without gaps or repeats', async () => {
      const titles = Array.from({ length: 7 }, (_, index) => `t${index}`);
      // Pairs share an instant, so that the order rests on more than time.
      await apply(
        ...titles.flatMap((titleId, index) => [
          at(Math.floor(index / 2), 'LIST_SAVED', { titleId }),
          at(Math.floor(index / 2), 'PLAY_START', { titleId }),
        ]),
      );
      for (const list of ['myList', 'history'] as const) {
        const seen: string[] = [];
        let after: string | undefined;
        for (;;) {
          const page = await profiles[list]('ada', { first: 3, ...(after === undefined ? {} : { after }) });
          seen.push(...page.entries.map(({ entry }) => entry.titleId));
          after = page.entries.at(-1)?.cursor;
          if (!page.hasNextPage) break;
        }
        expect(seen).toEqual(['t6', 't5', 't4', 't3', 't2', 't1', 't0']);
      }
    });

    it('refuses cursors of another list, of another profile and of nobody', async () => {
      await apply(at(0, 'LIST_SAVED', { titleId: 't' }), at(0, 'PLAY_START', { titleId: 't' }));
      const cursor = (await profiles.myList('ada', { first: 1 })).entries[0]!.cursor;
      const refusal = { code: 'CURSOR_INVALID' };
      await expect(profiles.history('ada', { first: 1, after: cursor })).rejects.toMatchObject(refusal);
      await expect(profiles.myList('bob', { first: 1, after: cursor })).rejects.toMatchObject(refusal);
      for (const after of ['', '!', 'bnVsbA', 'W10', Buffer.from('[1,2,3]').toString('base64url')]) {
        await expect(profiles.myList('ada', { first: 1, after })).rejects.toMatchObject(refusal);
      }
    });

    it.each([0, -1, 1.5, MAX_PAGE + 1])('refuses pages of %d', async (first) => {
      const refusal = { code: 'BAD_USER_INPUT', field: 'first' };
      await expect(profiles.myList('ada', { first })).rejects.toMatchObject(refusal);
      await expect(profiles.history('ada', { first })).rejects.toMatchObject(refusal);
      await expect(profiles.list({ first })).rejects.toMatchObject(refusal);
    });

    it('refuses more ids than the port allows and takes as many as it does', async () => {
      const ids = Array.from({ length: MAX_IDS + 1 }, (_, index) => `id-${index}`);
      await expect(profiles.profilesByIds(ids)).rejects.toBeInstanceOf(MarqueeError);
      await expect(profiles.titleStates('ada', ids)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      expect(await profiles.titleStates('ada', ids.slice(1))).toHaveLength(MAX_IDS);
    });

    it('lists followed people newest first', async () => {
      await apply(
        at(1, 'PERSON_FOLLOWED', { personId: 'kubrick' }),
        at(2, 'PERSON_FOLLOWED', { personId: 'varda' }),
        at(3, 'PERSON_FOLLOWED', { personId: 'bay' }),
        at(4, 'PERSON_UNFOLLOWED', { personId: 'bay' }),
      );
      expect(await profiles.follows('ada')).toEqual(['varda', 'kubrick']);
    });

    it('lists and counts registered profiles in id order', async () => {
      const names = ['cy', 'ada', 'bob'];
      await apply(
        ...names.map((profileId) =>
          eventOf('PROFILE_REGISTERED', { name: profileId, segment: 'all' }, { profileId }),
        ),
      );
      expect(await profiles.count()).toBe(3);
      const firstTwo = await profiles.list({ first: 2 });
      expect(firstTwo.map((profile) => profile.id)).toEqual(['ada', 'bob']);
      expect((await profiles.list({ first: 2, afterId: 'bob' })).map((profile) => profile.id)).toEqual([
        'cy',
      ]);
    });

    it('exports everything of one profile and nothing of another', async () => {
      await apply(
        at(1, 'PROFILE_REGISTERED', { name: 'Ada', segment: 'adult' }),
        at(2, 'ONBOARDING_COMPLETED', { genreIds: ['a', 'b', 'c'] }),
        at(3, 'REACTION_SET', { titleId: 't1', reaction: 'LIKE' }),
        at(3, 'REACTION_SET', { titleId: 't2', reaction: 'NONE' }),
        at(4, 'TITLE_HIDDEN', { titleId: 't2' }),
        at(5, 'LIST_SAVED', { titleId: 't3' }),
        at(6, 'PERSON_FOLLOWED', { personId: 'varda' }),
        at(7, 'PLAY_STOP', { titleId: 't1', watchedSeconds: 9, positionSeconds: 10 }),
        eventOf('LIST_SAVED', { titleId: 't9' }, { profileId: 'bob' }),
      );
      expect(await profiles.exportProfile('ada')).toEqual({
        profile: expect.objectContaining({ id: 'ada', name: 'Ada' }),
        reactions: [{ titleId: 't1', reaction: 'LIKE', at: T0 + 3_000 }],
        hidden: [{ titleId: 't2', at: T0 + 4_000 }],
        myList: [{ titleId: 't3', savedAt: T0 + 5_000 }],
        followedPersonIds: ['varda'],
        tasteGenreIds: ['a', 'b', 'c'],
        history: [{ titleId: 't1', watchedSeconds: 9, positionSeconds: 10, lastWatchedAt: T0 + 7_000 }],
      });
      expect(await profiles.exportProfile('nobody')).toEqual({
        profile: undefined,
        reactions: [],
        hidden: [],
        myList: [],
        followedPersonIds: [],
        tasteGenreIds: [],
        history: [],
      });
    });

    it('erases everything of the profile, also what claims to come from later', async () => {
      await apply(
        at(1, 'PROFILE_REGISTERED', { name: 'Ada', segment: 'adult' }),
        at(500, 'PLAY_STOP', { titleId: 't1', watchedSeconds: 9 }),
        at(2, 'PERSON_FOLLOWED', { personId: 'varda' }),
        eventOf('LIST_SAVED', { titleId: 't9' }, { profileId: 'bob' }),
      );
      await apply(at(10, 'PROFILE_ERASED', {}));
      expect(await profiles.profilesByIds(['ada'])).toEqual([undefined]);
      expect((await profiles.history('ada', { first: 10 })).entries).toEqual([]);
      expect(await profiles.follows('ada')).toEqual([]);
      expect(await profiles.count()).toBe(0);
      expect((await profiles.myList('bob', { first: 10 })).entries).toHaveLength(1);
    });

    it('keeps what happened before an erasure out when it arrives late, and lets a new life begin', async () => {
      await apply(at(10, 'PROFILE_ERASED', {}));
      await apply(at(9, 'PLAY_STOP', { titleId: 't1', watchedSeconds: 900 }));
      expect(await profiles.profilesByIds(['ada'])).toEqual([undefined]);
      await apply(at(9, 'LIST_SAVED', { titleId: 't1' }), at(10, 'LIST_SAVED', { titleId: 't2' }));
      const { entries } = await profiles.myList('ada', { first: 10 });
      expect(entries.map(({ entry }) => entry.titleId)).toEqual(['t2']);
    });

    it('keeps out what was accepted before an erasure, whatever the clock of the client said, and counts it', async () => {
      const ahead = eventOf(
        'LIST_SAVED',
        { titleId: 't1' },
        { profileId: 'ada', occurredAt: T0 + 60_000, receivedAt: T0 + 9_000 },
      );
      await apply(
        at(1, 'PROFILE_REGISTERED', { name: 'Ada', segment: 'adult' }),
        at(10, 'PROFILE_ERASED', {}),
      );
      // As from a spool that was filled before the erasure and is delivered after it, beside a life that has begun.
      const [again, spooled, imported] = delivered(
        at(12, 'PROFILE_REGISTERED', { name: 'Ada again', segment: 'all' }),
        ahead,
        at(2, 'TITLE_HIDDEN', { titleId: 't2' }),
      );
      expect(await profiles.apply([again!, spooled!])).toEqual({ tooLate: 1 });
      expect(await profiles.apply([spooled!, imported!])).toEqual({ tooLate: 1 });
      expect(await profiles.apply([spooled!, imported!])).toEqual({ tooLate: 0 });
      expect(await profiles.exportProfile('ada')).toMatchObject({
        profile: { name: 'Ada again', segment: 'all' },
        myList: [],
        hidden: [],
      });
      await apply(at(13, 'LIST_SAVED', { titleId: 't3' }));
      expect((await profiles.myList('ada', { first: 10 })).entries).toHaveLength(1);
    });

    it('skips sequences it has applied, in whatever batch they come again', async () => {
      const like = delivered(at(5, 'REACTION_SET', { titleId: 't', reaction: 'LIKE' }))[0]!;
      const none = delivered(at(5, 'REACTION_SET', { titleId: 't', reaction: 'NONE' }))[0]!;
      await profiles.apply([like, like, none]);
      await profiles.apply([like]);
      expect((await stateOf('t')).reaction).toBe('NONE');
      expect(await profiles.checkpoint()).toBe(2);
    });

    it('moves its checkpoint over events that mean nothing to it', async () => {
      expect(await profiles.checkpoint()).toBe(0);
      await apply(at(1, 'IMPRESSION', { titleId: 't' }));
      expect(await profiles.checkpoint()).toBe(1);
      expect(await profiles.profilesByIds(['ada'])).toEqual([undefined]);
      await profiles.apply([]);
      expect(await profiles.checkpoint()).toBe(1);
    });

    it('takes ids with any characters', async () => {
      const odd = ['日本', "o'brien", 'a"b', '%_', ' ', '\u0000', 'a\u0000b'];
      await apply(...odd.map((titleId) => at(1, 'TITLE_HIDDEN', { titleId })));
      const states = await profiles.titleStates('ada', [...odd, 'a']);
      expect(states.map((state) => state.hidden)).toEqual([...odd.map(() => true), false]);
    });
  });
}
