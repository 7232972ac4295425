/** One session of the simulated past: the logging policy makes a page, the viewer sees it, resumes or chooses. */
import type { MarqueeEvent } from '@marquee/domain';
import { createRandom } from '@marquee/domain';
import type { AffinityContext } from './affinity.ts';
import type { FilmWorld } from './film-world.ts';
import { logSlate } from './logging-policy.ts';
import { mix } from './mix.ts';
import { chooseAndPlay, type ShownItem, seeItems } from './page-visit.ts';
import { play } from './playback.ts';
import type { TitlePools } from './pools.ts';
import { deviceAt, hourOf } from './schedule.ts';
import type { Viewer } from './viewers.ts';
import type { ViewingMemory } from './viewing-memory.ts';

export interface Session {
  readonly seed: number;
  readonly world: FilmWorld;
  readonly pools: TitlePools;
  readonly viewer: Viewer;
  /** The viewer's number, for the seed. */
  readonly n: number;
  readonly memory: ViewingMemory;
  readonly startedAt: number;
}

const ROW_LENGTH = 5;
const MIN_ON_SCREEN = 10;
const MAX_ON_SCREEN = 15;
const RESUME = 0.5;
const GO_ON_AFTER_RESUMING = 0.3;
/** What was left before this is not worth resuming, in seconds. */
const RESUMABLE_SECONDS = 300;

/** Appends the session's events, in order of time but for overlapping reactions. */
export function simulateSession(session: Session, events: MarqueeEvent[]): void {
  const { seed, world, pools, viewer, n, memory, startedAt } = session;
  const random = createRandom(mix(seed, n, startedAt % 0x7fffffff));
  const context: AffinityContext = {
    hour: hourOf(startedAt),
    device: deviceAt(viewer.taste.segment, random.next()),
    now: startedAt,
  };
  const onScreen = MIN_ON_SCREEN + random.integer(MAX_ON_SCREEN - MIN_ON_SCREEN + 1);
  const slateId = `sim-slate-${n + 1}-${startedAt}`;
  const items = logSlate(world, pools, viewer, memory, context, onScreen, random).map(
    (title, i): ShownItem => ({
      title,
      place: { slateId, row: Math.floor(i / ROW_LENGTH), position: i % ROW_LENGTH },
    }),
  );
  const visit = { world, viewer, memory, context, random };
  let at = seeItems(visit, items, startedAt, events);

  const left = memory.unfinished.at(-1);
  if (left !== undefined && left.positionSeconds > RESUMABLE_SECONDS && random.next() < RESUME) {
    at = play({ ...visit, fromSeconds: left.positionSeconds }, left.title, at + 1_000, events);
    if (random.next() >= GO_ON_AFTER_RESUMING) return;
  }
  chooseAndPlay(visit, items, at, events);
}
