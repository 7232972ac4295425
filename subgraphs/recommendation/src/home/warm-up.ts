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

/**
 * So many in a round, and another one as long as its quickest page is clearly quicker than that of the round before: by then most of the
 * code is compiled, which takes a dozen pages of a small catalogue and dozens of a large one.
 */
const PAGES_PER_ROUND = 6;
const MOST_ROUNDS = 8;
const CLEARLY = 0.95;
const FIRST_PAGE_MS = 1_000;
/** As much as a viewer's page is given. */
const PAGE_MS = 400;
const WARM_UP_MS = 5_000;
/** The first page of all may take too long on a busy machine; a second one tells of something that is away. */
const MOST_LATE = 1;
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
      try {
        const state = viewerOf(titles, popular());
        await untilQuick(async (deadline) => {
          await beforeDeadline(rehearse(state, deadline), deadline, 'a rehearsed page');
        });
      } catch (error) {
        // The first viewers wait a little longer.
        logger.warn({ err: error }, 'the home page could not be rehearsed');
      }
    },
    stop: async () => undefined,
    readiness: () => READY,
  };
}

/** Round after round. @throws what a page throws that is not the first to be late */
async function untilQuick(page: (deadline: Deadline) => Promise<void>): Promise<void> {
  const deadline = deadlineAfter(WARM_UP_MS);
  let late = 0;
  let quickestBefore = Number.POSITIVE_INFINITY;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let quickest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < PAGES_PER_ROUND && !deadline.expired; i++) {
      const startedAt = performance.now();
      try {
        await page(deadline.within(round + i === 0 ? FIRST_PAGE_MS : PAGE_MS));
        quickest = Math.min(quickest, performance.now() - startedAt);
      } catch (error) {
        if (++late > MOST_LATE) throw error;
      }
    }
    if (quickest > CLEARLY * quickestBefore) return;
    quickestBefore = quickest;
  }
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
