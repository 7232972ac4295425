/**
 * Tells viewers that their feedback has made their home page another one. Follows the log while anybody watches: an
 * event of a watched profile that can change a page has the page made again, once what the page is made from has
 * taken the event in, and the viewer is told when rows or titles differ from what he was told last.
 *
 * In memory of the process that holds the viewer's connection; every process follows the whole log by itself, so it does
 * not matter which of them took the feedback in. Each page that was told has an id made from what is on it: whoever comes to
 * another process with the last one is told at once if the page is another one by now.
 */
import { createHash } from 'node:crypto';
import {
  type Clock,
  type DeliveredEvent,
  type EventType,
  type ProfileId,
  partitionOf,
} from '@marquee/domain';
import type { EventBus, Freshness, LogPosition, Subscription } from '@marquee/event-bus';
import {
  type Component,
  deadlineAfter,
  type Logger,
  MarqueeError,
  type Metrics,
  READY,
} from '@marquee/service-kit';
import { EVENT_ID } from '@marquee/service-kit/subgraph';
import type { ServedSlate } from '../slates/stored-slate.ts';
import type { HomeRequest, HomeService } from './home-service.ts';

/** What somebody does to a page. Impressions and progress come by the hundred and change it too little to be told. */
const CHANGING: readonly EventType[] = [
  'REACTION_SET',
  'TITLE_HIDDEN',
  'TITLE_UNHIDDEN',
  'LIST_SAVED',
  'LIST_REMOVED',
  'PERSON_FOLLOWED',
  'PERSON_UNFOLLOWED',
  'ONBOARDING_COMPLETED',
  'PLAY_STOP',
];
const FRESH_WITHIN_MS = 2_000;
const PAGE_WITHIN_MS = 2_000;
/**
 * Events before the end of the log that are looked at too, unless they are older: the pages of whoever comes first may
 * have been made before they were taken in.
 */
const LOOK_BACK = 5_000;
const LOOK_BACK_MS = 30_000;
/** Profiles whose last event is remembered, for those who come a moment after it. */
const MAX_RECENT = 10_000;

export interface HomeChangesOptions {
  readonly bus: EventBus;
  readonly freshness: Freshness;
  readonly home: Pick<HomeService, 'home'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Counts what becomes of feedback. Absent: nobody counts. */
  readonly metrics?: Metrics;
  /** Default 1,000. */
  readonly maxWatchers?: number;
  /** Default 5. */
  readonly maxWatchersPerProfile?: number;
}

type WatchedRequest = HomeRequest & {
  readonly profileId: ProfileId;
  /** Of the page that was told last, by whichever process. Absent: none was. */
  readonly lastEventId?: string | undefined;
};
type ToldPage = { readonly homeChanged: ServedSlate; readonly [EVENT_ID]: string };
type Told = AsyncIterableIterator<ToldPage, void, void> & { readonly [EVENT_ID]: string };
type Outcome = 'told' | 'unchanged' | 'superseded';

export class HomeChanges implements Component {
  readonly name = 'home-changes';
  readonly #options: HomeChangesOptions;
  readonly #watchers = new Map<ProfileId, Set<Watcher>>();
  readonly #recent = new Map<ProfileId, LogPosition>();
  #count = 0;
  /** The end of the log when it began to be followed. */
  #beganAfter = 0;
  #following: Promise<Subscription> | undefined;

  constructor(options: HomeChangesOptions) {
    this.#options = options;
  }

  /** Watchers at the moment. */
  get watching(): number {
    return this.#count;
  }

  /**
   * Pages from now on; what the viewer has now is not among them, unless it is another one than he was told of last.
   * @throws MarqueeError RATE_LIMITED or OVERLOADED where too many watch, DEPENDENCY_UNAVAILABLE without the log.
   */
  async of(request: WatchedRequest): Promise<Told> {
    const { maxWatchers = 1_000, maxWatchersPerProfile = 5 } = this.#options;
    const { profileId } = request;
    const own = this.#watchers.get(profileId) ?? new Set<Watcher>();
    if (own.size >= maxWatchersPerProfile) {
      throw new MarqueeError(
        'RATE_LIMITED',
        `homeChanged may be watched ${maxWatchersPerProfile} times at once.`,
      );
    }
    if (this.#count >= maxWatchers) throw new MarqueeError('OVERLOADED', `${maxWatchers} watch already`);
    const watcher = new Watcher(
      (position) => this.#pageAfter(request, position),
      () => this.#forget(profileId, watcher),
      (outcome) => this.#options.metrics?.count('marquee_home_changes_total', { outcome }),
    );
    own.add(watcher);
    this.#watchers.set(profileId, own);
    this.#count++;
    try {
      await this.#follow();
      await watcher.begin(this.#recent.get(profileId), request.lastEventId);
      return watcher;
    } catch (error) {
      await watcher.return();
      throw error;
    }
  }

  /** The log is followed from the first watcher on. */
  async start(): Promise<void> {}

  async stop(): Promise<void> {
    for (const watchers of this.#watchers.values())
      for (const watcher of [...watchers]) await watcher.return();
    const following = await this.#following?.catch(() => undefined);
    await following?.stop();
  }

  readiness() {
    return READY;
  }

  async #follow(): Promise<void> {
    this.#following ??= this.#begin();
    try {
      await this.#following;
    } catch (cause) {
      // Whoever comes next tries again.
      this.#following = undefined;
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', { message: 'the log cannot be followed', cause });
    }
  }

  async #begin(): Promise<Subscription> {
    const { bus } = this.#options;
    this.#beganAfter = await bus.lastSequence();
    const subscription = bus.subscribe({
      name: 'recommendation-home-changes',
      types: CHANGING,
      // Of its own, in every process; what was long before nobody waits for.
      startAfter: Math.max(0, this.#beganAfter - LOOK_BACK),
      handle: async (batch) => this.#notice(batch),
    });
    await subscription.start();
    return subscription;
  }

  #notice(batch: readonly DeliveredEvent[]): void {
    const { bus, clock } = this.#options;
    const { partitions } = bus;
    const since = clock.now() - LOOK_BACK_MS;
    for (const { sequence, event } of batch) {
      if (sequence <= this.#beganAfter && event.receivedAt < since) continue;
      const { profileId } = event;
      const position = { sequence, partition: partitionOf(profileId, partitions) };
      // Re-inserting keeps the oldest first.
      this.#recent.delete(profileId);
      this.#recent.set(profileId, position);
      for (const watcher of this.#watchers.get(profileId) ?? []) watcher.notice(position);
    }
    for (const profileId of this.#recent.keys()) {
      if (this.#recent.size <= MAX_RECENT) return;
      this.#recent.delete(profileId);
    }
  }

  /** @param position of the event that the page has to know of. */
  async #pageAfter(request: WatchedRequest, position: LogPosition | undefined): Promise<ServedSlate> {
    const { freshness, home } = this.#options;
    if (position !== undefined) {
      await freshness.waitFor([{ ...position, eventId: '', duplicate: false }], FRESH_WITHIN_MS);
    }
    return home.home({ ...request, deadline: deadlineAfter(PAGE_WITHIN_MS) });
  }

  #forget(profileId: ProfileId, watcher: Watcher): void {
    const own = this.#watchers.get(profileId);
    if (!own?.delete(watcher)) return;
    this.#count--;
    if (own.size === 0) this.#watchers.delete(profileId);
  }
}

class Watcher implements Told {
  readonly #pageAfter: (position: LogPosition | undefined) => Promise<ServedSlate>;
  readonly #onEnd: () => void;
  readonly #count: (outcome: Outcome) => void;
  /** The last event that was not looked at yet: of several only the last page is of interest. */
  #noticed: LogPosition | undefined;
  /** Was made while nobody told. */
  #missed: ServedSlate | undefined;
  #told = '';
  #ended = false;
  #wake = (): void => undefined;

  constructor(
    pageAfter: (position: LogPosition | undefined) => Promise<ServedSlate>,
    onEnd: () => void,
    count: (outcome: Outcome) => void,
  ) {
    this.#pageAfter = pageAfter;
    this.#onEnd = onEnd;
    this.#count = count;
  }

  get [EVENT_ID](): string {
    return this.#told;
  }

  /**
   * Looks at the page that the viewer has.
   * @param position of his last event, if it was a moment ago. @param toldLast absent: the page he has is this one.
   */
  async begin(position: LogPosition | undefined, toldLast: string | undefined): Promise<void> {
    const page = await this.#pageAfter(position);
    const content = contentOf(page);
    this.#told = toldLast ?? content;
    if (this.#told !== content) this.#missed = page;
  }

  notice(position: LogPosition): void {
    if (this.#noticed !== undefined) this.#count('superseded');
    this.#noticed = position;
    this.#wake();
  }

  async next(): Promise<IteratorResult<ToldPage, void>> {
    while (!this.#ended) {
      const position = this.#noticed;
      const missed = this.#missed;
      if (position === undefined && missed === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      this.#noticed = undefined;
      this.#missed = undefined;
      const page = position === undefined ? missed! : await this.#pageAfter(position);
      const content = contentOf(page);
      if (this.#ended) break;
      this.#count(content === this.#told ? 'unchanged' : 'told');
      if (content === this.#told) continue;
      this.#told = content;
      return { done: false, value: { homeChanged: page, [EVENT_ID]: content } };
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<never, void>> {
    this.#ended = true;
    this.#onEnd();
    this.#wake();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): Told {
    return this;
  }
}

/** Rows and titles that a viewer sees, in their order, as a hash. */
function contentOf({ slate, guard }: ServedSlate): string {
  const hash = createHash('sha256');
  for (const { kind, headline, items } of slate.rows) {
    hash.update(`${kind} ${headline}:`);
    for (const { titleId } of items) if (guard.allows(titleId)) hash.update(` ${titleId}`);
    hash.update('\n');
  }
  return hash.digest('base64url');
}
