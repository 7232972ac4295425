/** Leases over two key-value buckets: sessions, which vanish by themselves, and what sessions hold. */
import { type Logger, silentLogger } from '@marquee/service-kit';
import type { Lease, Leases, PartitionMembership } from '../index.ts';
import { checkName } from '../names.ts';
import { NatsLink, type NatsServerOptions } from '../nats-connection/index.ts';
import { Bucket } from './bucket.ts';
import { LeaseTable } from './lease-table.ts';
import { NatsPartitionMembership } from './partition-membership.ts';
import { Session } from './session.ts';

export interface LeaseSettings {
  /** Prefix of the buckets' names. Default `marquee`. */
  readonly stream?: string;
  /** Copies of the buckets when they are made: 3 on a cluster of three. Default 1. */
  readonly replicas?: number;
  /**
   * How long a holder that is not heard of keeps what it has: what a killed process costs, and how long one may be busy or
   * cut off without losing everything (0.85 of it; it tells of itself four times within it). All that share the bucket
   * count by the bucket's own, which whoever starts with another value changes. Default 2,000.
   */
  readonly leaseTtlMs?: number;
  readonly logger?: Logger;
}

export interface NatsLeasesOptions extends LeaseSettings, NatsServerOptions {}

/**
 * `start()` throws MarqueeError CONFIG_INVALID for refused credentials, DEPENDENCY_UNAVAILABLE when no server was there
 * within `startWithinMs`.
 */
export function createNatsLeases(options: NatsLeasesOptions): Leases {
  const link = new NatsLink(options, 'leases');
  const leases = new LinkedLeases(link, options);
  return {
    name: 'leases',
    start: () => link.open(() => leases.open()),
    async stop() {
      await leases.close();
      await link.close();
    },
    readiness: () => leases.readiness(),
    acquire: (name, acquisition) => leases.acquire(name, acquisition),
    partitionLeases: (group, membership) => leases.partitionLeases(group, membership),
  };
}

/**
 * Leases on a connection that somebody else opens and closes. A process that wants to hold nothing has no session: many
 * have a bus only to publish, and a session is the one thing that costs the server something all the time.
 */
export class LinkedLeases implements Pick<Leases, 'acquire' | 'partitionLeases' | 'readiness'> {
  readonly #link: NatsLink;
  readonly #logger: Logger;
  readonly #sessions: Bucket;
  readonly #leases: Bucket;
  readonly #session: Session;
  readonly #table: LeaseTable;
  readonly #memberships = new Set<NatsPartitionMembership>();
  /** By key. */
  readonly #acquired = new Map<string, { lose(): void; release(): Promise<void> }>();
  #timer: NodeJS.Timeout | undefined;
  #open = false;
  #changed = false;

  constructor(link: NatsLink, settings: LeaseSettings) {
    const { stream = 'marquee', replicas = 1, leaseTtlMs = 2_000, logger = silentLogger } = settings;
    this.#link = link;
    this.#logger = logger;
    this.#sessions = new Bucket({
      link,
      name: `${stream}_sessions`,
      replicas,
      ttlMs: leaseTtlMs,
      logger,
    });
    this.#leases = new Bucket({
      link,
      name: `${stream}_leases`,
      replicas,
      logger,
      onEntry: (entry) => {
        this.#table.leaseTold(entry);
        this.#reconcileSoon();
      },
    });
    this.#session = new Session({
      bucket: this.#sessions,
      logger,
      onLost: () => this.#sessionLost(),
      onOpened: () => this.#reconcileSoon(),
    });
    this.#table = new LeaseTable(this.#leases, this.#sessions, this.#session);
  }

  async open(): Promise<void> {
    await this.#sessions.open();
    await this.#leases.open();
    this.#open = true;
    // Somebody may have joined before there was a server to join on.
    if (this.#memberships.size > 0) await this.#session.open();
    clearInterval(this.#timer);
    // The end of a member's session is told by nobody: the table asks.
    this.#timer = setInterval(() => {
      this.#reconcileSoon();
      void this.#table.releaseAgain();
    }, this.#sessions.ttlMs / 6);
    this.#timer.unref();
  }

  /** Gives everything back. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    clearInterval(this.#timer);
    await Promise.all([...this.#memberships].map((membership) => membership.stop()));
    await Promise.all([...this.#acquired.values()].map((lease) => lease.release()));
    await this.#session.close();
    this.#sessions.close();
    this.#leases.close();
  }

  readiness() {
    const readiness = this.#link.readiness();
    if (!readiness.ready || !this.#session.wanted || this.#session.alive) return readiness;
    const detail = 'all leases are lost until a session can be opened again';
    return {
      ready: true,
      detail: readiness.detail === undefined ? detail : `${readiness.detail}; ${detail}`,
    };
  }

  async acquire(name: string, { onLost }: { readonly onLost?: () => void } = {}): Promise<Lease | undefined> {
    checkName('name', name);
    const key = `locks.${name}`;
    // Not after the end: whoever tries again and again would bring a session back that nobody closes.
    if (this.#open) await this.#session.open();
    if (this.#acquired.has(key) || !(await this.#table.isFree(key))) return undefined;
    const fence = await this.#table.claim(key);
    if (fence === undefined || this.#acquired.has(key)) return undefined;
    return this.#lease(name, key, fence, onLost);
  }

  #lease(name: string, key: string, fence: number, onLost: (() => void) | undefined): Lease {
    const session = this.#session;
    const { id } = session;
    let released = false;
    const acquired = {
      lose: () => {
        this.#acquired.delete(key);
        if (!released) onLost?.();
        released = true;
      },
      release: async () => {
        if (released) return;
        released = true;
        this.#acquired.delete(key);
        await this.#table.release(key, fence);
      },
    };
    this.#acquired.set(key, acquired);
    return {
      name,
      fence,
      get held() {
        return !released && session.id === id && session.alive;
      },
      release: acquired.release,
    };
  }

  partitionLeases(group: string, options: Parameters<Leases['partitionLeases']>[1]): PartitionMembership {
    checkName('group', group);
    const membership = new NatsPartitionMembership({
      group,
      options,
      table: this.#table,
      session: this.#session,
      logger: this.#logger,
    });
    return {
      name: membership.name,
      get held() {
        return membership.held;
      },
      start: async () => {
        this.#memberships.add(membership);
        // Without one nothing is divided yet; it is tried again, and the membership takes part from then on.
        if (this.#open) {
          await this.#session.open().catch((error: unknown) => {
            this.#logger.warn({ group, err: error }, 'partitions cannot be divided yet');
          });
        }
        return membership.start();
      },
      stop: async () => {
        await membership.stop();
        this.#memberships.delete(membership);
      },
      readiness: () => membership.readiness(),
    };
  }

  #sessionLost(): void {
    for (const lease of [...this.#acquired.values()]) lease.lose();
    for (const membership of this.#memberships) membership.sessionLost();
  }

  #reconcileSoon(): void {
    if (this.#changed || !this.#open) return;
    this.#changed = true;
    setImmediate(() => {
      this.#changed = false;
      for (const membership of this.#memberships) void membership.reconcile();
    });
  }
}
