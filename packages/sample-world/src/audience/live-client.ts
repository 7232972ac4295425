/**
 * A simulated viewer in front of a real page: given what a service served, says what a client would send back.
 * Keeps what the viewer has seen, so that many visits in a row behave like one person.
 */
import type { Clock, Device, MarqueeEvent, ProfileId, Random, TitleId } from '@marquee/domain';
import { artworkAppeal } from './artwork-appeal.ts';
import type { FilmWorld } from './film-world.ts';
import { chooseAndPlay, type ShownItem, seeItems } from './page-visit.ts';
import { deviceAt, hourOf } from './schedule.ts';
import type { Viewers } from './viewers.ts';
import { emptyMemory } from './viewing-memory.ts';

/** An item of a served page. Titles that the simulated world does not know are looked past. */
export interface PageItem {
  readonly titleId: TitleId;
  readonly row: number;
  readonly position: number;
  readonly slateId?: string;
  readonly trackingToken?: string;
  /** The picture that is chosen; absent: it is shown with the title's own. */
  readonly artwork?: { readonly id: string; readonly url: string };
}

/** What a client does: an event without the envelope's server side, with the item it is about. */
export type ClientAction = MarqueeEvent & {
  /** From the item the action belongs to; absent for reactions and follows. */
  readonly trackingToken?: string;
  readonly artworkId?: string;
};

export interface Visit {
  /**
   * In the order they happen. Complete events, ready for a bus; for GraphQL, take `type`, `occurredAt`,
   * `trackingToken` and the payload. Feedback types go to `recordEvents`, the others to their mutations.
   */
  readonly actions: readonly ClientAction[];
  readonly watchedSeconds: number;
  readonly playedTitleIds: readonly TitleId[];
  /** When the viewer left, had they watched in real time. */
  readonly endedAt: number;
}

export interface LiveClientOptions {
  readonly profileId: ProfileId;
  readonly random: Random;
  readonly clock: Clock;
  /** Default: drawn per visit by the viewer's segment. */
  readonly device?: Device;
  /** Items on screen per row and rows scrolled to. Default 6 and 4. */
  readonly itemsPerRow?: number;
  readonly rows?: number;
  /**
   * `instant` (default) stamps a visit's events within a second after the clock's now, for services that refuse the
   * future; `watching` stamps them when they would happen, for clocks that the test moves to `endedAt`.
   */
  readonly pace?: 'instant' | 'watching';
}

export interface LiveClient {
  visit(page: readonly PageItem[]): Visit;
}

export function createLiveClient(
  { world, viewers, seed }: { world: FilmWorld; viewers: Viewers; seed: number },
  options: LiveClientOptions,
): LiveClient {
  const { profileId, random, clock, itemsPerRow = 6, rows = 4, pace = 'instant' } = options;
  const viewer = viewers.byId(profileId);
  const memory = emptyMemory();
  let sent = 0;
  let visits = 0;

  return {
    visit(page) {
      visits++;
      const now = clock.now();
      const device = options.device ?? deviceAt(viewer.taste.segment, random.next());
      const context = { hour: hourOf(now), device, now };
      const shown = new Map<TitleId, Pick<ClientAction, 'trackingToken' | 'artworkId'>>();
      const items = page
        .filter(({ row, position }) => row < rows && position < itemsPerRow)
        .sort((a, b) => a.row - b.row || a.position - b.position)
        .flatMap((item): ShownItem[] => {
          const title = world.indexById.get(item.titleId);
          if (title === undefined) return [];
          const { trackingToken, artwork } = item;
          if (trackingToken !== undefined && !shown.has(item.titleId)) {
            shown.set(item.titleId, { trackingToken, ...(artwork && { artworkId: artwork.id }) });
          }
          const appeal = artworkAppeal(
            world.titles[title]!,
            pictureAt(artwork?.url),
            viewer.taste.segment.name,
          );
          const slateId = item.slateId === undefined ? {} : { slateId: item.slateId };
          return [{ title, appeal, place: { ...slateId, row: item.row, position: item.position } }];
        });

      const events: MarqueeEvent[] = [];
      const visit = { world, viewer, memory, context, random };
      const seen = seeItems(visit, items, now, events);
      const endedAt = chooseAndPlay(visit, items, seen, events);
      events.sort((a, b) => a.occurredAt - b.occurredAt);

      const actions = events.map((event, i): ClientAction => {
        const eventId = `live-${seed}-${profileId}-${visits}-${++sent}`;
        const occurredAt =
          pace === 'instant' ? now + Math.floor((1_000 * i) / events.length) : event.occurredAt;
        const stamped = { ...event, eventId, occurredAt, receivedAt: occurredAt };
        const from =
          'row' in event && 'titleId' in event.payload ? shown.get(event.payload.titleId) : undefined;
        return { ...stamped, ...from };
      });
      const stops = events.filter((event) => event.type === 'PLAY_STOP');
      return {
        actions,
        watchedSeconds: stops.reduce((sum, { payload }) => sum + (payload.watchedSeconds ?? 0), 0),
        playedTitleIds: stops.map(({ payload }) => payload.titleId),
        endedAt,
      };
    },
  };
}

/** What a person sees a client only has the address of. */
function pictureAt(url = ''): number {
  return Number(/[?&]variant=(\d+)/.exec(url)?.[1] ?? 0);
}
