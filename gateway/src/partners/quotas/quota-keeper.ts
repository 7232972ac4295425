/**
 * A quota counter as requests see it: asked within a few milliseconds, and not at all while it keeps silent. Then every
 * gateway hands out its own part of what was left, and tells the counter of it when it is back. Whether it is back is
 * found out beside requests, which never wait for that.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Component,
  type Logger,
  MarqueeError,
  type Metrics,
  READY,
  type Readiness,
} from '@marquee/service-kit';
import type { Quota } from '../partner.ts';
import { heardFrom, isUsedUp, type KnownUse, knownAt, shareLeft } from './local-share.ts';
import type { QuotaCounter, Taken } from './quota-counter.ts';

export interface QuotaKeeperOptions {
  readonly counter: QuotaCounter;
  /** Of this gateway among those that count. */
  readonly gateway: string;
  /** What asking may cost a request. */
  readonly withinMs: number;
  /** How many gateways there may be, for one that has only just begun: others may begin with it. */
  readonly assumedGateways: number;
  /** How often it says that it counts, and hears how many do. Default 5,000. */
  readonly attendEveryMs?: number | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
}

export interface QuotaState {
  readonly name: string;
  readonly quota: Quota;
  /** Not below 0. */
  readonly remaining: number;
  /** Seconds until the window ends: 1 or more. */
  readonly resetSeconds: number;
  readonly exceeded: boolean;
}

/** Counts nothing. */
const LOOK = { subject: 'nobody', quota: { limit: 1, windowSeconds: 1 }, amount: 0 };

interface Asked {
  readonly key: string;
  readonly name: string;
  readonly quota: Quota;
}

const FAILURES_TO_OPEN = 3;
const ATTEND_EVERY_MS = 5_000;
/** After so many it counts for nothing. */
const ATTENDANCES_MISSED = 3;
const LOOK_EVERY_MS = 500;
const ATTEND_WITHIN_MS = 500;
const LEAVE_WITHIN_MS = 200;
/** Quotas that are known at once: of so many partners. */
const MAX_KNOWN = 100_000;

export class QuotaKeeper implements Component {
  readonly name = 'quotas';
  readonly #options: QuotaKeeperOptions;
  readonly #known = new Map<string, KnownUse>();
  #gateways: number;
  #hasHeardBefore = false;
  #failures = 0;
  #isAway = false;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: QuotaKeeperOptions) {
    this.#options = options;
    this.#gateways = options.assumedGateways;
  }

  /** Never rejects. @param subject whose quota it is. @param amount that is taken whole or not at all. */
  async take(subject: string, name: string, quota: Quota, amount: number): Promise<QuotaState> {
    const key = `${subject}:${name}`;
    const asked = { key, name, quota };
    const known = this.#knownOf(asked);
    const by = this.#isAway ? 'local' : 'shared';
    if (amount > 0 && isUsedUp(known, quota)) return this.#state(asked, known.endsAt, 0, false, by);
    const taken = this.#isAway ? undefined : await this.#ask(asked, amount);
    if (taken === undefined) return this.#takeAlone(asked, amount);
    const remaining = Math.max(0, quota.limit - taken.used);
    return this.#state(asked, this.#options.now() + taken.endsInMs, remaining, taken.admitted, 'shared');
  }

  async start(): Promise<void> {
    const { counter } = this.#options;
    await counter.start();
    await this.attend();
    // The first question takes longer than the others; no request should be the one that asks it.
    if (!this.#isAway) await this.#within(ATTEND_WITHIN_MS, () => counter.take(LOOK)).catch(() => undefined);
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#timer);
    const { counter, gateway } = this.#options;
    // Else the others' parts would be smaller than they need be, for some seconds.
    if (!this.#isAway)
      await this.#within(LEAVE_WITHIN_MS, () => counter.leave(gateway)).catch(() => undefined);
    await counter.stop();
  }

  readiness(): Readiness {
    return this.#isAway
      ? { ready: true, detail: `not shared: each of ${this.#gateways} gateways hands out its part` }
      : READY;
  }

  async #ask(asked: Asked, amount: number): Promise<Taken | undefined> {
    const { counter, withinMs, now } = this.#options;
    const { key: subject, quota } = asked;
    const { owed, ...before } = this.#knownOf(asked);
    // Whoever asks next owes nothing any more, unless this comes to nothing.
    if (owed > 0) this.#know(asked, { ...before, heard: before.heard + owed, owed: 0 });
    try {
      const taken = await this.#within(withinMs, () => counter.take({ subject, quota, amount, owed }));
      this.#failures = 0;
      this.#know(asked, heardFrom(this.#knownOf(asked), taken, quota, now()));
      return taken;
    } catch {
      const after = this.#knownOf(asked);
      // It may have been counted all the same: then this quota is used up sooner, and not later.
      if (owed > 0 && after.endsAt === before.endsAt) {
        this.#know(asked, { ...after, heard: Math.max(0, after.heard - owed), owed: after.owed + owed });
      }
      if (++this.#failures >= FAILURES_TO_OPEN) this.#away();
      return undefined;
    }
  }

  #takeAlone(asked: Asked, amount: number): QuotaState {
    const known = this.#knownOf(asked);
    const left = shareLeft(known, asked.quota, this.#gateways);
    const admitted = amount <= left;
    if (admitted) this.#know(asked, { ...known, owed: known.owed + amount });
    return this.#state(asked, known.endsAt, admitted ? left - amount : left, admitted, 'local');
  }

  #state(
    { name, quota }: Asked,
    endsAt: number,
    remaining: number,
    admitted: boolean,
    by: 'shared' | 'local',
  ): QuotaState {
    const outcome = admitted ? 'admitted' : 'refused';
    this.#options.metrics?.count('marquee_quota_total', { quota: name, outcome, by });
    const resetSeconds = Math.max(1, Math.ceil((endsAt - this.#options.now()) / 1_000));
    return { name, quota, remaining, resetSeconds, exceeded: !admitted };
  }

  #knownOf({ key, quota }: Asked): KnownUse {
    return knownAt(this.#known.get(placeOf(key, quota)), quota, this.#options.now());
  }

  #know({ key, quota }: Asked, known: KnownUse): void {
    const place = placeOf(key, quota);
    this.#known.delete(place);
    this.#known.set(place, known);
    if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.keys().next().value as string);
  }

  #away(): void {
    if (this.#isAway || this.#isStopped) return;
    this.#isAway = true;
    this.#options.logger.warn(
      { gateways: this.#gateways },
      'quotas are not shared: each gateway hands out its part',
    );
    this.#attendIn(LOOK_EVERY_MS);
  }

  /** Says that this gateway counts, and hears how many do. By itself every few seconds. */
  async attend(): Promise<void> {
    const { counter, gateway, assumedGateways, logger, metrics } = this.#options;
    try {
      const ttlMs = ATTENDANCES_MISSED * Math.max(this.#everyMs, ATTEND_WITHIN_MS);
      const heard = await this.#within(ATTEND_WITHIN_MS, () => counter.attend(gateway, ttlMs));
      this.#gateways = this.#hasHeardBefore ? heard : Math.max(heard, assumedGateways);
      this.#hasHeardBefore = true;
      metrics?.set('marquee_quota_gateways', this.#gateways);
      this.#failures = 0;
      if (this.#isAway) logger.info({ gateways: this.#gateways }, 'quotas are shared again');
      this.#isAway = false;
    } catch {
      this.#away();
    }
    this.#attendIn(this.#isAway ? LOOK_EVERY_MS : this.#everyMs);
  }

  get #everyMs(): number {
    return this.#options.attendEveryMs ?? ATTEND_EVERY_MS;
  }

  #attendIn(milliseconds: number): void {
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.attend(), milliseconds);
    this.#timer.unref();
  }

  /** An answer that has arrived while this process was busy with something else is not late. */
  async #within<T>(milliseconds: number, ask: () => Promise<T>): Promise<T> {
    const late = Symbol('late');
    const { promise, resolve } = Promise.withResolvers<typeof late>();
    const timer = setTimeout(() => void nextTurn().then(() => resolve(late)), milliseconds);
    const answer = ask();
    answer.catch(() => undefined);
    try {
      const first = await Promise.race([answer, promise]);
      if (first === late)
        throw new MarqueeError('DEADLINE_EXCEEDED', 'the quota counter did not answer in time');
      return first as T;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A quota over another time is another one. */
function placeOf(key: string, { windowSeconds }: Quota): string {
  return `${key}:${windowSeconds}`;
}
