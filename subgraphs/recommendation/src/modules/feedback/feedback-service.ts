/**
 * Takes in what clients saw and played. The batch is published in one call; the answer waits until the views
 * that the next home page reads have seen it.
 */
import type { Clock, EventOf, FeedbackType, ProfileId } from '@marquee/domain';
import type { EventBus, Freshness } from '@marquee/event-bus';
import type { TitleTable } from '@marquee/features';
import { type Deadline, type Logger, MarqueeError } from '@marquee/service-kit';
import type { Erasure } from '../../erasures/erasure-ledger.ts';
import type { ViewerRecords } from '../../erasures/viewer-records.ts';
import type { TrackingTokens } from '../../slates/tracking-token.ts';
import { checkEvent, type Rejection, type ReportedEvent } from './event-input.ts';

export const MAX_EVENTS = 500;
/** A play is waited for as long as a request has, about; what was merely seen only where all is well. */
const PLAYED_MS = 8_000;
const SEEN_MS = 1_000;
const ERASURE_MS = 100;
const PLAYS: ReadonlySet<FeedbackType> = new Set<FeedbackType>(['PLAY_START', 'PLAY_PROGRESS', 'PLAY_STOP']);

/** What was merely seen leaves pages, lists and progress as they are. */
export function changesPages(events: readonly Pick<ReportedEvent, 'type'>[]): boolean {
  return events.some(({ type }) => PLAYS.has(type));
}

export interface Intake {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly Rejection[];
}

export interface FeedbackDeps {
  readonly bus: EventBus;
  readonly freshness: Freshness;
  readonly titles: TitleTable;
  readonly tokens: TrackingTokens;
  readonly viewers: ViewerRecords;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly patience?: number;
}

export class FeedbackService {
  readonly #deps: FeedbackDeps;

  constructor(deps: FeedbackDeps) {
    this.#deps = deps;
  }

  /**
   * @throws MarqueeError BAD_USER_INPUT for a batch that is too large, and what the bus throws: then nothing of
   *   the batch is stored, and the client sends it again under the same ids.
   */
  async record(
    profileId: ProfileId,
    reported: readonly ReportedEvent[],
    deadline: Deadline,
  ): Promise<Intake> {
    if (reported.length > MAX_EVENTS) {
      throw new MarqueeError('BAD_USER_INPUT', {
        message: `input.events must have at most ${MAX_EVENTS} entries; nothing of the batch was stored.`,
        field: 'input.events',
      });
    }
    const { bus, freshness, titles, tokens, clock } = this.#deps;
    const erasure = reported.length === 0 ? undefined : await this.#lastErasure(profileId, deadline);
    const facts = { profileId, now: clock.now(), erasure, titles, tokens };
    const events = new Map<string, EventOf<FeedbackType>>();
    const rejected: Rejection[] = [];
    let duplicates = 0;
    for (const input of reported) {
      const checked = checkEvent(input, facts);
      if ('rejection' in checked) rejected.push(checked.rejection);
      else if (events.has(checked.event.eventId)) duplicates++;
      else events.set(checked.event.eventId, checked.event);
    }
    if (events.size === 0) return { accepted: 0, duplicates, rejected };
    const acks = await bus.publish([...events.values()]);
    const played = [...events.values()].some(({ type }) => PLAYS.has(type));
    await freshness.waitFor(acks, deadline.within(played ? PLAYED_MS : SEEN_MS).remainingMs());
    const known = acks.filter((ack) => ack.duplicate).length;
    return { accepted: acks.length - known, duplicates: duplicates + known, rejected };
  }

  async #lastErasure(profileId: ProfileId, deadline: Deadline): Promise<Erasure | undefined> {
    const { viewers, logger, patience = 1 } = this.#deps;
    const bound = deadline.within(ERASURE_MS * patience);
    try {
      return await viewers.erasureAsOf(await viewers.read(profileId, bound), profileId, bound);
    } catch (error) {
      // Events are taken in without the store; what lies before an erasure the projections drop once more.
      logger.warn({ err: error }, 'the last erasure of a profile could not be read');
      return viewers.lastSeenErasure(profileId);
    }
  }
}
