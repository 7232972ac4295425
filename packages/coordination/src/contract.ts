/** What every adapter must do. An adapter's test calls these once, each with a way to open several members. */
import { waitUntil } from '@marquee/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BroadcastValue, ConfigurationBroadcast, Leases, PartitionMembership } from './index.ts';

export interface CoordinationHarness<T> {
  /** Another process's view of the same values or leases, not started. */
  open(): T;
  dispose(): Promise<void>;
}

type MakeHarness<T> = () => CoordinationHarness<T> | Promise<CoordinationHarness<T>>;

export function describeConfigurationBroadcastContract(
  name: string,
  makeHarness: MakeHarness<ConfigurationBroadcast>,
): void {
  describe(`configuration broadcast: ${name}`, () => {
    let harness: CoordinationHarness<ConfigurationBroadcast>;
    let one: ConfigurationBroadcast;
    let two: ConfigurationBroadcast;

    beforeEach(async () => {
      harness = await makeHarness();
      one = harness.open();
      two = harness.open();
      await Promise.all([one.start(), two.start()]);
    });
    afterEach(async () => {
      await Promise.all([one.stop(), two.stop()]);
      await harness.dispose();
    });

    it('has nothing for a key that was never written', async () => {
      expect(await one.get('experiments')).toBeUndefined();
    });

    it('shows what was written to everybody, with growing revisions', async () => {
      const first = await one.put('models/ranker', 'v1');
      expect(await two.get('models/ranker')).toEqual({ value: 'v1', revision: first });
      const second = await two.put('models/ranker', 'v2 – größer');
      expect(second).toBeGreaterThan(first);
      expect(await one.get('models/ranker')).toEqual({ value: 'v2 – größer', revision: second });
    });

    it('tells a watcher the current value first, then every change within a second', async () => {
      await one.put('supergraph', 'a');
      const seen: string[] = [];
      two.watch('supergraph', ({ value }) => seen.push(value));
      await waitUntil(() => seen.at(-1) === 'a', { deadlineMs: 1_000 });
      await one.put('supergraph', 'b');
      await waitUntil(() => seen.at(-1) === 'b', { deadlineMs: 1_000 });
      await one.put('other', 'x');
      await one.put('supergraph', 'c');
      await waitUntil(() => seen.at(-1) === 'c', { deadlineMs: 1_000 });
      expect(seen).toEqual(['a', 'b', 'c']);
    });

    it('tells a watcher of what is written first after it began to watch', async () => {
      const seen: BroadcastValue[] = [];
      two.watch('experiments', (current) => seen.push(current));
      const revision = await one.put('experiments', '[]');
      await waitUntil(() => seen.length > 0, { deadlineMs: 1_000 });
      expect(seen).toEqual([{ value: '[]', revision }]);
    });

    it('takes a watch before it is started', async () => {
      await one.put('early', 'bird');
      const three = harness.open();
      const seen: string[] = [];
      three.watch('early', ({ value }) => seen.push(value));
      await three.start();
      await waitUntil(() => seen.length > 0, { deadlineMs: 1_000 });
      expect(seen).toEqual(['bird']);
      await three.stop();
    });

    it('tells nothing any more after the watch was ended', async () => {
      const ended: string[] = [];
      const going: string[] = [];
      const end = two.watch('key', ({ value }) => ended.push(value));
      two.watch('key', ({ value }) => going.push(value));
      await one.put('key', '1');
      await waitUntil(() => going.length === 1 && ended.length === 1);
      end();
      await one.put('key', '2');
      await waitUntil(() => going.length === 2);
      expect(ended).toEqual(['1']);
    });

    it('goes on telling the others when one watcher throws', async () => {
      const seen: string[] = [];
      two.watch('key', () => {
        throw new Error('not my day');
      });
      two.watch('key', ({ value }) => seen.push(value));
      await one.put('key', '1');
      await one.put('key', '2');
      await waitUntil(() => seen.at(-1) === '2');
    });

    it('writes against an expected revision only, and refuses with CONFLICT when somebody was faster', async () => {
      const first = await one.put('flags', 'on', 0);
      await expect(two.put('flags', 'off', 0)).rejects.toMatchObject({ code: 'CONFLICT' });
      const second = await two.put('flags', 'off', first);
      await expect(one.put('flags', 'on', first)).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await one.get('flags')).toEqual({ value: 'off', revision: second });
    });

    it('lets one of many concurrent writers win', async () => {
      const revision = await one.put('race', 'start');
      const results = await Promise.allSettled(
        Array.from({ length: 10 }, (_, index) => (index % 2 ? one : two).put('race', `${index}`, revision)),
      );
      const won = results.flatMap((result, index) => (result.status === 'fulfilled' ? [index] : []));
      expect(won).toHaveLength(1);
      expect((await one.get('race'))?.value).toBe(`${won[0]}`);
    });

    it.each(['', 'two words', '.start', 'end.', 'a*', 'a>'])('refuses %j as a key', async (key) => {
      await expect(one.get(key)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', field: 'key' });
      await expect(one.put(key, 'x')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      expect(() => one.watch(key, () => {})).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
    });
  });
}

export function describeLeasesContract(name: string, makeHarness: MakeHarness<Leases>): void {
  describe(`leases: ${name}`, () => {
    let harness: CoordinationHarness<Leases>;
    let opened: Leases[];

    const open = async () => {
      const leases = harness.open();
      await leases.start();
      opened.push(leases);
      return leases;
    };
    beforeEach(async () => {
      harness = await makeHarness();
      opened = [];
    });
    afterEach(async () => {
      await Promise.all(opened.map((leases) => leases.stop()));
      await harness.dispose();
    });

    it('gives a lease to one at a time, with a greater fence each time', async () => {
      const one = await open();
      const two = await open();
      const first = await one.acquire('trainer');
      expect(first).toMatchObject({ name: 'trainer', held: true });
      expect(await two.acquire('trainer')).toBeUndefined();
      expect(await one.acquire('trainer')).toBeUndefined();
      expect(await two.acquire('promoter')).toMatchObject({ held: true });
      await first!.release();
      await first!.release();
      expect(first!.held).toBe(false);
      const second = await waitUntil(() => two.acquire('trainer'));
      expect(second.fence).toBeGreaterThan(first!.fence);
    });

    it('gives a lease to one of many that ask at once', async () => {
      const members = await Promise.all(Array.from({ length: 5 }, open));
      const leases = await Promise.all(members.map((member) => member.acquire('race')));
      expect(leases.filter((lease) => lease !== undefined)).toHaveLength(1);
    });

    it.each(['', 'a.b', 'two words', '*'])('refuses %j as a name', async (bad) => {
      const one = await open();
      await expect(one.acquire(bad)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', field: 'name' });
      expect(() => member(one, bad, 4)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
    });

    describe('dividing partitions', () => {
      it('gives everything to the only member, at once', async () => {
        const { membership, log } = member(await open(), 'group', 8);
        await membership.start();
        expect(membership.held).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
        expect(log).toHaveLength(8);
        await membership.stop();
        expect(membership.held).toEqual([]);
        expect(log).toHaveLength(16);
      });

      it('shares fairly as members come and go, and never gives a partition to two', async () => {
        const owners = new Map<number, string>();
        const members: ReturnType<typeof member>[] = [];
        const fair = (sizes: readonly number[]) => () =>
          members
            .map(({ membership }) => membership.held.length)
            .sort()
            .join() === sizes.join() && owners.size === 8;
        for (const sizes of [[8], [4, 4], [2, 3, 3]]) {
          const joining = member(await open(), 'group', 8, owners);
          members.push(joining);
          await joining.membership.start();
          await waitUntil(fair(sizes), { what: `shares of ${sizes}` });
        }
        await members.shift()!.membership.stop();
        await waitUntil(fair([4, 4]), { what: 'shares of what the first one left' });
        expect(members.flatMap(({ membership }) => membership.held).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
        expect(members.flatMap(({ doubled }) => doubled)).toEqual([]);
      });

      it('waits for the old holder to finish before the new one begins, with a greater fence', async () => {
        const owners = new Map<number, string>();
        const old = member(await open(), 'group', 1, owners);
        await old.membership.start();
        let finish = () => {};
        old.finishing = new Promise<void>((resolve) => {
          finish = resolve;
        });
        const next = member(await open(), 'group', 1, owners);
        const stopped = old.membership.stop();
        const started = next.membership.start();
        await waitUntil(() => old.asked.includes(0));
        expect(next.membership.held).toEqual([]);
        finish();
        await Promise.all([stopped, started]);
        await waitUntil(() => next.membership.held.length === 1);
        expect(next.doubled).toEqual([]);
        expect(next.fences.get(0)!).toBeGreaterThan(old.fences.get(0)!);
      });

      it('keeps groups apart', async () => {
        const leases = await open();
        const one = member(leases, 'one', 2);
        const two = member(leases, 'two', 2);
        await Promise.all([one.membership.start(), two.membership.start()]);
        expect([one.membership.held, two.membership.held]).toEqual([
          [0, 1],
          [0, 1],
        ]);
      });

      it('leaves a partition that a member could not take up to be tried again', async () => {
        let refusals = 1;
        const leases = await open();
        const taken: number[] = [];
        const membership = leases.partitionLeases('group', {
          partitions: [3],
          onAssigned: (partition) => {
            if (refusals-- > 0) throw new Error('not yet');
            taken.push(partition);
          },
          onRevoked: () => {},
        });
        await membership.start();
        await waitUntil(() => taken.length === 1);
        expect(membership.held).toEqual([3]);
      });

      it('gives a member the partitions that it names, and no others', async () => {
        const one = member(await open(), 'group', [1, 5]);
        const two = member(await open(), 'group', [0, 5]);
        await one.membership.start();
        await two.membership.start();
        expect(one.membership.held).toEqual([1, 5]);
        expect(two.membership.held).toEqual([0]);
        await one.membership.stop();
        await waitUntil(() => two.membership.held.join() === '0,5');
      });
    });
  });
}

interface TestMember {
  readonly membership: PartitionMembership;
  /** `+3` for assigned, `-3` for revoked, in order. */
  readonly log: string[];
  /** Asked to give up. */
  readonly asked: number[];
  /** Assigned while another member had them. */
  readonly doubled: number[];
  readonly fences: Map<number, number>;
  /** Revocation waits for it. */
  finishing: Promise<void>;
}

let made = 0;

function member(
  leases: Leases,
  group: string,
  partitions: number | readonly number[],
  owners = new Map<number, string>(),
): TestMember {
  const id = `member-${++made}`;
  const self = {
    log: [] as string[],
    asked: [] as number[],
    doubled: [] as number[],
    fences: new Map<number, number>(),
  };
  const test: TestMember = {
    ...self,
    finishing: Promise.resolve(),
    membership: leases.partitionLeases(group, {
      partitions,
      onAssigned: (partition, fence) => {
        if (owners.has(partition)) self.doubled.push(partition);
        owners.set(partition, id);
        self.fences.set(partition, fence);
        self.log.push(`+${partition}`);
      },
      onRevoked: async (partition) => {
        self.asked.push(partition);
        await test.finishing;
        if (owners.get(partition) === id) owners.delete(partition);
        self.log.push(`-${partition}`);
      },
    }),
  };
  return test;
}
