/** Leases within one process: granted at once, lost never. Several members of a group share fairly all the same. */
import { type Logger, READY, type Readiness, silentLogger } from '@marquee/service-kit';
import { claimOrder, quotaOf } from '../fair-share.ts';
import type { Leases, PartitionLeaseOptions, PartitionMembership } from '../index.ts';
import { checkName } from '../names.ts';

interface Member {
  readonly id: string;
  readonly options: PartitionLeaseOptions;
  readonly held: Set<number>;
}

interface Group {
  readonly members: Member[];
  readonly owners: Map<number, Member>;
  /** Changes of a group happen one after the other. */
  busy: Promise<void>;
}

const RETRY_MS = 500;

export function createMemoryLeases(options: { readonly logger?: Logger } = {}): Leases {
  const logger = options.logger ?? silentLogger;
  const taken = new Set<string>();
  const groups = new Map<string, Group>();
  let fences = 0;
  let memberships = 0;

  function groupOf(name: string): Group {
    const group = groups.get(name) ?? { members: [], owners: new Map(), busy: Promise.resolve() };
    groups.set(name, group);
    return group;
  }

  async function revoke(group: Group, member: Member, partition: number): Promise<void> {
    await member.options.onRevoked(partition);
    member.held.delete(partition);
    group.owners.delete(partition);
  }

  async function assign(group: Group, member: Member, partition: number): Promise<void> {
    group.owners.set(partition, member);
    member.held.add(partition);
    try {
      await member.options.onAssigned(partition, ++fences);
    } catch (error) {
      logger.error({ member: member.id, partition, err: error }, 'an assigned partition was not taken up');
      member.held.delete(partition);
      group.owners.delete(partition);
      setTimeout(() => void inTurn(group, () => share(group)), RETRY_MS).unref();
    }
  }

  /** First everybody gives up what is too much, then everybody takes what is due. */
  async function share(group: Group): Promise<void> {
    const ids = group.members.map(({ id }) => id);
    for (const member of group.members) {
      const surplus = [...member.held].slice(dueTo(member, ids));
      for (const partition of surplus) await revoke(group, member, partition);
    }
    for (const member of group.members) {
      const free = wantedBy(member).filter((partition) => !group.owners.has(partition));
      const due = dueTo(member, ids) - member.held.size;
      for (const partition of claimOrder(free, member.id, ids).slice(0, Math.max(0, due))) {
        await assign(group, member, partition);
      }
    }
  }

  function inTurn(group: Group, work: () => Promise<void>): Promise<void> {
    const done = group.busy.then(work);
    group.busy = done.catch(() => undefined);
    return done;
  }

  return {
    name: 'leases',
    start: async () => undefined,
    stop: async () => undefined,
    readiness: () => READY,

    async acquire(name) {
      checkName('name', name);
      if (taken.has(name)) return undefined;
      taken.add(name);
      let held = true;
      return {
        name,
        fence: ++fences,
        get held() {
          return held;
        },
        async release() {
          if (held) taken.delete(name);
          held = false;
        },
      };
    },

    partitionLeases(name, options): PartitionMembership {
      checkName('group', name);
      const group = groupOf(name);
      const member: Member = {
        id: `member-${`${++memberships}`.padStart(6, '0')}`,
        options,
        held: new Set(),
      };
      const joined = () => group.members.includes(member);
      return {
        name: `partitions of ${name}`,
        get held() {
          return [...member.held].sort((a, b) => a - b);
        },
        start: () =>
          inTurn(group, async () => {
            if (joined()) return;
            group.members.push(member);
            await share(group);
          }),
        stop: () =>
          inTurn(group, async () => {
            if (!joined()) return;
            group.members.splice(group.members.indexOf(member), 1);
            for (const partition of [...member.held]) await revoke(group, member, partition);
            await share(group);
          }),
        readiness: (): Readiness => (joined() ? READY : { ready: false, detail: 'not started' }),
      };
    },
  };
}

function wantedBy({ options: { partitions } }: Member): readonly number[] {
  return typeof partitions === 'number' ? Array.from({ length: partitions }, (_, i) => i) : partitions;
}

function dueTo(member: Member, ids: readonly string[]): number {
  const { partitions } = member.options;
  return typeof partitions === 'number' ? quotaOf(member.id, ids, partitions) : partitions.length;
}
