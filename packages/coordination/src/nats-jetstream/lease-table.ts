/**
 * Who holds which lease, as far as this process has been told, and the ways to take one and to give it back. A lease is a
 * key whose value is the holder's session; it may be taken when there is no such key or its session has ended. Whoever
 * writes first wins: every write names the revision it replaces. The revision of the winning write is the fence.
 */
import { isMarqueeError } from '@marquee/service-kit';
import type { KvEntry } from 'nats';
import type { Bucket } from './bucket.ts';
import type { Session } from './session.ts';

interface Holding {
  /** Empty: given back. */
  readonly session: string;
  readonly revision: number;
}

/** Share of the time to live for which a session that was seen alive counts as alive: it delays a take-over by as much. */
const TRUSTED_SHARE = 0.25;
/** Sessions remembered; forgetting costs a question. */
const MAX_SEEN = 1_024;

export class LeaseTable {
  readonly #leases: Bucket;
  readonly #sessions: Bucket;
  readonly #session: Session;
  readonly #holdings = new Map<string, Holding>();
  /** Session → when it was last seen alive, on this process's own monotonic clock. */
  readonly #seen = new Map<string, number>();
  /** Key → fence of what was given back here but perhaps not on the server. */
  readonly #unreleased = new Map<string, number>();

  constructor(leases: Bucket, sessions: Bucket, session: Session) {
    this.#leases = leases;
    this.#sessions = sessions;
    this.#session = session;
  }

  leaseTold(entry: KvEntry): void {
    const session = entry.operation === 'PUT' ? entry.string() : '';
    const known = this.#holdings.get(entry.key);
    if (known !== undefined) {
      if (known.revision > entry.revision) return;
      // A watch that is opened again tells what it told before: what was given back here meanwhile stays given back.
      if (known.revision === entry.revision && known.session === '') return;
    }
    this.#holdings.set(entry.key, { session, revision: entry.revision });
  }

  /** Keys that begin with `prefix` and their holders, given back ones left out. */
  held(prefix: string): readonly { readonly key: string; readonly session: string }[] {
    return [...this.#holdings]
      .filter(([key, { session }]) => session !== '' && key.startsWith(prefix))
      .map(([key, { session }]) => ({ key, session }));
  }

  /**
   * Whether that session lives. The server is asked, a few times within a time to live and only about sessions that have what
   * somebody wants: were all renewals told to all processes, what that costs would grow with their number's square.
   */
  async lives(session: string): Promise<boolean> {
    if (session === this.#session.id) return this.#session.alive;
    const seen = this.#seen.get(session);
    if (seen !== undefined && performance.now() - seen < this.#sessions.ttlMs * TRUSTED_SHARE) return true;
    if ((await this.#sessions.latestRevision(session)) === undefined) {
      this.#seen.delete(session);
      return false;
    }
    if (this.#seen.size >= MAX_SEEN) this.#seen.clear();
    this.#seen.set(session, performance.now());
    return true;
  }

  /** Nobody else has it; what an earlier claim of ours won without our hearing of it counts as free. */
  async isFree(key: string): Promise<boolean> {
    const session = this.#holdings.get(key)?.session ?? '';
    return session === '' || session === this.#session.id || !(await this.lives(session));
  }

  /** Whether what was claimed with that fence is ours still, as far as this process has been told. */
  isOurs(key: string, fence: number): boolean {
    const holding = this.#holdings.get(key);
    return holding?.session === this.#session.id && holding.revision === fence;
  }

  /** The fence if it is ours now, undefined if somebody was faster. @throws MarqueeError DEPENDENCY_UNAVAILABLE */
  async claim(key: string): Promise<number | undefined> {
    const { id } = this.#session;
    if (!this.#session.alive || this.#unreleased.has(key)) return undefined;
    const holding = this.#holdings.get(key);
    // An earlier claim whose answer never came.
    if (holding?.session === id) return holding.revision;
    // Whoever asked whether it is free may have waited since: the one who took it meanwhile must not lose it.
    if (holding !== undefined && holding.session !== '' && (await this.lives(holding.session)))
      return undefined;
    try {
      const revision = await this.#leases.put(
        key,
        id,
        holding === undefined || holding.session === '' ? 0 : holding.revision,
      );
      if (this.#session.id !== id) return undefined;
      this.#holdings.set(key, { session: id, revision });
      return revision;
    } catch (error) {
      if (!isMarqueeError(error, 'CONFLICT')) throw error;
      const entry = await this.#leases.get(key);
      this.#holdings.delete(key);
      if (entry !== undefined) this.leaseTold(entry);
      return undefined;
    }
  }

  /** Does nothing when it is somebody else's by now. What the server could not be told is told later. */
  async release(key: string, fence: number): Promise<void> {
    const holding = this.#holdings.get(key);
    if (holding?.revision === fence) this.#holdings.set(key, { session: '', revision: fence });
    this.#unreleased.set(key, fence);
    try {
      await this.#leases.delete(key, fence);
    } catch (error) {
      if (!isMarqueeError(error, 'CONFLICT')) return;
    }
    if (this.#unreleased.get(key) === fence) this.#unreleased.delete(key);
  }

  /** Others wait for it as long as our session lives. */
  async releaseAgain(): Promise<void> {
    for (const [key, fence] of [...this.#unreleased]) await this.release(key, fence);
  }

  /** Removes what a dead member left behind. */
  async sweep(key: string): Promise<void> {
    const holding = this.#holdings.get(key);
    if (holding !== undefined && holding.session !== '') await this.release(key, holding.revision);
  }
}
