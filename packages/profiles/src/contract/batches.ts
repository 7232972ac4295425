/** What holds about batches of events, whatever is in them. */
import type { DeliveredEvent, MarqueeEvent } from '@marquee/domain';
import { eventOf } from '@marquee/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Profiles } from '../index.ts';

export function describeBatches(adapter: string, make: () => Profiles | Promise<Profiles>): void {
  describe(`batches applied to profiles on ${adapter}`, () => {
    let profiles: Profiles;

    beforeEach(async () => {
      profiles = await make();
      await profiles.start();
    });
    afterEach(() => profiles.stop());

    const delivered = (...entries: [sequence: number, event: MarqueeEvent][]): DeliveredEvent[] =>
      entries.map(([sequence, event]) => ({ sequence, event }));
    const like = eventOf('REACTION_SET', { titleId: 't', reaction: 'LIKE' }, { profileId: 'ada' });
    const none = eventOf('REACTION_SET', { titleId: 't', reaction: 'NONE' }, { profileId: 'ada' });
    const saved = (titleId: string) => eventOf('LIST_SAVED', { titleId }, { profileId: 'bob' });

    it('are counted by partition: each has its own checkpoint, 0 before anything is applied', async () => {
      await profiles.apply(delivered([5, like]), 0);
      await profiles.apply(delivered([2, saved('t2')], [3, saved('t3')]), 7);
      expect(await profiles.checkpoint()).toBe(5);
      expect(await profiles.checkpoint(7)).toBe(3);
      expect(await profiles.checkpoint(1)).toBe(0);
      // Below the checkpoint of partition 0, which is no reason to skip it in partition 7.
      await profiles.apply(delivered([3, saved('t3')], [4, saved('t4')]), 7);
      expect(await profiles.checkpoint(7)).toBe(4);
      expect((await profiles.myList('bob', { first: 10 })).entries).toHaveLength(3);
    });

    it('are applied wholly or not at all', async () => {
      const broken = eventOf('TITLE_HIDDEN', { titleId: null as unknown as string });
      const sound = eventOf('PERSON_FOLLOWED', { personId: 'varda' });
      await expect(profiles.apply(delivered([1, sound], [2, broken]))).rejects.toThrow();
      expect(await profiles.checkpoint()).toBe(0);
      expect(await profiles.follows('profile-1')).toEqual([]);
      await profiles.apply(delivered([1, sound]));
      expect(await profiles.follows('profile-1')).toEqual(['varda']);
    });

    it('take effect once when they are applied twice at the same time', async () => {
      // Of the same instant: a like applied again after it was taken back would stay.
      for (let round = 0; round < 10; round++) {
        const batch = delivered([2 * round + 1, like], [2 * round + 2, none]);
        await Promise.all([profiles.apply(batch), profiles.apply(batch.slice(0, 1)), profiles.apply(batch)]);
        expect((await profiles.titleStates('ada', ['t']))[0]!.reaction).toBe('NONE');
        expect(await profiles.checkpoint()).toBe(2 * round + 2);
      }
    });

    it('of several partitions are applied side by side', async () => {
      await Promise.all(
        Array.from({ length: 8 }, (_, partition) =>
          profiles.apply(
            delivered([1, eventOf('LIST_SAVED', { titleId: 't' }, { profileId: `p${partition}` })]),
            partition,
          ),
        ),
      );
      for (let partition = 0; partition < 8; partition++) {
        expect(await profiles.checkpoint(partition)).toBe(1);
        expect((await profiles.myList(`p${partition}`, { first: 1 })).entries).toHaveLength(1);
      }
    });
  });
}
