/**
 * Rehearses a few home pages before the process is ready, so that the first viewer does not wait for code to be
 * loaded and compiled, for shelves to be sorted and for connections to be opened. Nothing remains of them: they
 * are for a viewer who does not exist, and are neither kept nor reported.
 */
import {
  DAY_MS,
  type DeliveredEvent,
  EVENT_SCHEMA_VERSION,
  type MarqueeEvent,
  type TitleId,
} from '@marquee/domain';
import { applyToProfile, emptyProfileState, type ProfileState, type TitleTable } from '@marquee/features';
import {
  beforeDeadline,
  type Component,
  type Deadline,
  deadlineAfter,
  type Logger,
  READY,
} from '@marquee/service-kit';

/** By then most of the code is compiled; the first of them takes three times as long as the last. */
const PAGES = 6;
const WARM_UP_MS = 1_000;
const WATCHED = 16;

export interface WarmUpDeps {
  readonly titles: TitleTable;
  readonly logger: Logger;
  /** Titles that many have watched, so that there is something to go by. May be few. */
  popular(): readonly TitleId[];
  /** Answers a client's question for a page of this viewer, and leaves nothing behind. */
  rehearse(state: ProfileState, deadline: Deadline): Promise<void>;
}

export function createWarmUp({ titles, logger, popular, rehearse }: WarmUpDeps): Component {
  return {
    name: 'home-warm-up',
    async start() {
      if (titles.size === 0) return;
      const deadline = deadlineAfter(WARM_UP_MS);
      try {
        const state = viewerOf(titles, popular());
        for (let page = 0; page < PAGES && !deadline.expired; page++) {
          await beforeDeadline(rehearse(state, deadline), deadline, 'a rehearsed page');
        }
      } catch (error) {
        // The first viewers wait a little longer.
        logger.warn({ err: error }, 'the home page could not be rehearsed');
      }
    },
    stop: async () => undefined,
    readiness: () => READY,
  };
}

/** Somebody who has done a little of everything, so that every row and source has something to do. */
function viewerOf(titles: TitleTable, popular: readonly TitleId[]): ProfileState {
  const some = [...popular, ...titles.newest().slice(0, WATCHED)].slice(0, WATCHED);
  const now = titles.get(titles.newest()[0]!)?.addedAt ?? 0;
  const played = (titleId: string, watchedSeconds: number) =>
    ({ type: 'PLAY_STOP', payload: { titleId, watchedSeconds, positionSeconds: watchedSeconds } }) as const;
  const personId = some.flatMap((id) => titles.get(id)?.personIds ?? [])[0];
  const actions = [
    ...some.slice(2).map((titleId) => played(titleId, 7_200)),
    ...some.slice(0, 1).map((titleId) => played(titleId, 1_200)),
    ...some
      .slice(2, 4)
      .map((titleId) => ({ type: 'REACTION_SET', payload: { titleId, reaction: 'LIKE' } }) as const),
    ...some.slice(1, 2).map((titleId) => ({ type: 'LIST_SAVED', payload: { titleId } }) as const),
    ...(personId === undefined ? [] : [{ type: 'PERSON_FOLLOWED', payload: { personId } } as const]),
  ];
  return actions
    .map((action, i): DeliveredEvent => {
      const occurredAt = now - (actions.length - i) * DAY_MS;
      const event = {
        eventId: `rehearsed-${i}`,
        schemaVersion: EVENT_SCHEMA_VERSION,
        occurredAt,
        receivedAt: occurredAt,
        profileId: 'nobody',
        ...action,
      } as MarqueeEvent;
      return { sequence: i + 1, event };
    })
    .reduce((state, event) => applyToProfile(state, event, titles), emptyProfileState());
}
