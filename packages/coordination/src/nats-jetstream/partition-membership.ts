/**
 * A process's part in dividing partitions among the members of a group. Every member sees all members and all holdings,
 * works out its own quota, gives up what is above it and claims what is free below it; there is no leader.
 */
import { type Logger, READY, type Readiness } from '@marquee/service-kit';
import { claimOrder, quotaOf } from '../fair-share.ts';
import type { PartitionLeaseOptions, PartitionMembership } from '../index.ts';
import type { LeaseTable } from './lease-table.ts';
import type { Session } from './session.ts';

export interface MembershipParts {
  readonly group: string;
  readonly options: PartitionLeaseOptions;
  readonly table: LeaseTable;
  readonly session: Session;
  readonly logger: Logger;
}

export class NatsPartitionMembership implements PartitionMembership {
  readonly name: string;
  readonly #parts: MembershipParts;
  readonly #wanted: readonly number[];
  /** Partition → fence. */
  readonly #held = new Map<number, number>();
  #joined = false;
  #memberSince: { session: string; fence: number } | undefined;
  #busy: Promise<void> = Promise.resolve();
  #queued = false;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
    this.name = `partitions of ${parts.group}`;
    const { partitions } = parts.options;
    this.#wanted =
      typeof partitions === 'number' ? Array.from({ length: partitions }, (_, i) => i) : partitions;
  }

  get held(): readonly number[] {
    return this.#parts.session.alive ? [...this.#held.keys()].sort((a, b) => a - b) : [];
  }

  async start(): Promise<void> {
    this.#joined = true;
    await this.reconcile();
  }

  async stop(): Promise<void> {
    this.#joined = false;
    await this.reconcile();
  }

  readiness(): Readiness {
    return this.#joined ? READY : { ready: false, detail: 'not started' };
  }

  /** Called whenever something may have changed; calls that come while one waits its turn are one. */
  reconcile(): Promise<void> {
    if (this.#queued) return this.#busy;
    this.#queued = true;
    this.#busy = this.#busy.then(async () => {
      this.#queued = false;
      try {
        if (this.#joined) await this.#takePart();
        else await this.#leave();
      } catch (error) {
        // The server is away or slow: there will be another turn.
        this.#parts.logger.debug({ group: this.#parts.group, err: error }, 'partitions were not divided');
      }
    });
    return this.#busy;
  }

  /** The session is gone: everything held is somebody else's before long. */
  sessionLost(): void {
    this.#memberSince = undefined;
    void this.reconcile();
  }

  async #takePart(): Promise<void> {
    const { session, table } = this.#parts;
    if (this.#memberSince?.session !== session.id) await this.#revokeAll();
    if (!session.alive) return;
    await this.#announce();
    for (const [partition, fence] of [...this.#held]) {
      // Somebody else has it under a newer fence: whatever led to that, two must not work on it.
      if (!table.isOurs(this.#ownerKey(partition), fence)) await this.#giveUp(partition);
    }
    const members = await this.#liveMembers();
    const quota = this.#quota(members);
    const surplus = [...this.#held.keys()].slice(quota);
    for (const partition of surplus) await this.#giveUp(partition);
    const free: number[] = [];
    for (const partition of this.#wanted) {
      if (!this.#held.has(partition) && (await table.isFree(this.#ownerKey(partition)))) free.push(partition);
    }
    for (const partition of claimOrder(free, session.id, members)) {
      if (this.#held.size >= quota || !this.#joined) break;
      await this.#take(partition);
    }
  }

  async #announce(): Promise<void> {
    const { session, table } = this.#parts;
    if (this.#memberSince?.session === session.id) return;
    const fence = await table.claim(this.#memberKey(session.id));
    if (fence !== undefined) this.#memberSince = { session: session.id, fence };
  }

  async #liveMembers(): Promise<readonly string[]> {
    const { table, session } = this.#parts;
    const members = new Set([session.id]);
    for (const member of table.held(`members.${this.#parts.group}.`)) {
      if (await table.lives(member.session)) members.add(member.session);
      else await table.sweep(member.key);
    }
    return [...members];
  }

  #quota(members: readonly string[]): number {
    if (typeof this.#parts.options.partitions !== 'number') return this.#wanted.length;
    return quotaOf(this.#parts.session.id, members, this.#wanted.length);
  }

  async #take(partition: number): Promise<void> {
    const { table, options, logger, group } = this.#parts;
    const fence = await table.claim(this.#ownerKey(partition));
    if (fence === undefined) return;
    this.#held.set(partition, fence);
    try {
      await options.onAssigned(partition, fence);
    } catch (error) {
      logger.error({ group, partition, err: error }, 'an assigned partition was not taken up');
      this.#held.delete(partition);
      await table.release(this.#ownerKey(partition), fence);
    }
  }

  async #giveUp(partition: number): Promise<void> {
    const { table, logger, group, options } = this.#parts;
    const fence = this.#held.get(partition);
    if (fence === undefined) return;
    try {
      await options.onRevoked(partition);
    } catch (error) {
      logger.error({ group, partition, err: error }, 'a partition was not given up cleanly');
    }
    this.#held.delete(partition);
    await table.release(this.#ownerKey(partition), fence);
  }

  async #revokeAll(): Promise<void> {
    for (const partition of [...this.#held.keys()]) await this.#giveUp(partition);
  }

  async #leave(): Promise<void> {
    await this.#revokeAll();
    const since = this.#memberSince;
    this.#memberSince = undefined;
    if (since !== undefined) await this.#parts.table.release(this.#memberKey(since.session), since.fence);
  }

  #memberKey(session: string): string {
    return `members.${this.#parts.group}.${session}`;
  }

  #ownerKey(partition: number): string {
    return `owners.${this.#parts.group}.${partition}`;
  }
}
