/**
 * Tells viewers that their feedback has made their home page another one. Follows the log while anybody watches: an
 * event of a watched profile that can change a page has the page made again, once what the page is made from has
 * taken the event in, and the viewer is told when rows or titles differ from what he was told last.
 *
 * In memory of the process that holds the viewer's connection; every process follows the whole log by itself, so it does
 * not matter which of them took the feedback in.
 */
import { type DeliveredEvent, type EventType, type ProfileId, partitionOf } from '@marquee/domain';
import type { EventBus, Freshness, LogPosition, Subscription } from '@marquee/event-bus';
import { type Component, deadlineAfter, type Logger, MarqueeError, READY } from '@marquee/service-kit';
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

export interface HomeChangesOptions {
  readonly bus: EventBus;
  readonly freshness: Freshness;
  readonly home: Pick<HomeService, 'home'>;
  readonly logger: Logger;
  /** Default 1,000. */
  readonly maxWatchers?: number;
  /** Default 5. */
  readonly maxWatchersPerProfile?: number;
}

type WatchedRequest = HomeRequest & { readonly profileId: ProfileId };
type Told = AsyncIterableIterator<{ readonly homeChanged: ServedSlate }, void, void>;

export class HomeChanges implements Component {
  readonly name = 'home-changes';
  readonly #options: HomeChangesOptions;
  readonly #watchers = new Map<ProfileId, Set<Watcher>>();
  #count = 0;
  #following: Promise<Subscription> | undefined;

  constructor(options: HomeChangesOptions) {
    this.#options = options;
  }

  /** Watchers at the moment. */
  get watching(): number {
    return this.#count;
  }

  /**
   * Pages from now on; what the viewer has now is not among them.
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
    );
    own.add(watcher);
    this.#watchers.set(profileId, own);
    this.#count++;
    try {
      await this.#follow();
      await watcher.begin();
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
    const subscription = bus.subscribe({
      name: 'recommendation-home-changes',
      types: CHANGING,
      // Of its own, in every process; what was before nobody waits for.
      startAfter: await bus.lastSequence(),
      handle: async (batch) => this.#notice(batch),
    });
    await subscription.start();
    return subscription;
  }

  #notice(batch: readonly DeliveredEvent[]): void {
    const { partitions } = this.#options.bus;
    for (const { sequence, event } of batch) {
      const partition = partitionOf(event.profileId, partitions);
      for (const watcher of this.#watchers.get(event.profileId) ?? [])
        watcher.notice({ sequence, partition });
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
  /** The last event that was not looked at yet: of several only the last page is of interest. */
  #noticed: LogPosition | undefined;
  #told = '';
  #ended = false;
  #wake = (): void => undefined;

  constructor(pageAfter: (position: LogPosition | undefined) => Promise<ServedSlate>, onEnd: () => void) {
    this.#pageAfter = pageAfter;
    this.#onEnd = onEnd;
  }

  /** Looks at the page that the viewer has. */
  async begin(): Promise<void> {
    this.#told = contentOf(await this.#pageAfter(undefined));
  }

  notice(position: LogPosition): void {
    this.#noticed = position;
    this.#wake();
  }

  async next(): Promise<IteratorResult<{ readonly homeChanged: ServedSlate }, void>> {
    while (!this.#ended) {
      const position = this.#noticed;
      if (position === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      this.#noticed = undefined;
      const page = await this.#pageAfter(position);
      const content = contentOf(page);
      if (this.#ended || content === this.#told) continue;
      this.#told = content;
      return { done: false, value: { homeChanged: page } };
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

/** Rows and titles that a viewer sees, in their order. */
function contentOf({ slate, guard }: ServedSlate): string {
  return slate.rows
    .map(({ kind, headline, items }) => {
      const visible = items.filter(({ titleId }) => guard.allows(titleId)).map(({ titleId }) => titleId);
      return `${kind} ${headline}: ${visible.join(' ')}`;
    })
    .join('\n');
}
