/**
 * Viewers as their clients report them: a visit is a batch of one profile, with what was on screen, perhaps a look at
 * the details, perhaps a playback with its heartbeats. Titles are as unequal as in life: few get most of the plays.
 */
import { randomUUID } from 'node:crypto';
import {
  createRandom,
  EVENT_SCHEMA_VERSION,
  type EventPayload,
  type EventType,
  type MarqueeEvent,
  type Title,
} from '@marquee/domain';

export interface Viewers {
  /** One registration per profile. */
  registrations(): MarqueeEvent[];
  /** The next visit of somebody, in order. 6 to 15 events, about ten. */
  visit(): MarqueeEvent[];
}

const SEGMENTS = ['family', 'cinephile', 'thrill-seeker', 'young-adult'];
const DEVICES = ['TV', 'MOBILE', 'TABLET', 'WEB'] as const;
const PLAY_SHARE = 0.6;
const LIKE_SHARE = 0.1;

/** The same seed makes the same visits, except for instants and event ids. */
export function createViewers(options: {
  titles: readonly Title[];
  profiles: number;
  seed: number;
}): Viewers {
  const { titles, profiles, seed } = options;
  const random = createRandom(seed);
  // Of a skewed distribution: the first tenth of the titles gets some half of the draws.
  const anyTitle = (): Title => titles[Math.floor(random.next() ** 3 * titles.length)]!;

  function event<T extends EventType>(
    profileId: string,
    type: T,
    payload: EventPayload<T>,
    place = {},
  ): MarqueeEvent {
    const now = Date.now();
    return {
      eventId: randomUUID(),
      type,
      schemaVersion: EVENT_SCHEMA_VERSION,
      occurredAt: now,
      receivedAt: now,
      profileId,
      ...place,
      payload,
    } as unknown as MarqueeEvent;
  }

  return {
    registrations: () =>
      Array.from({ length: profiles }, (_, i) =>
        event(profileOf(i), 'PROFILE_REGISTERED', {
          name: `Viewer ${i}`,
          segment: SEGMENTS[i % SEGMENTS.length]!,
        }),
      ),
    visit() {
      const profileId = profileOf(random.integer(profiles));
      const slateId = randomUUID();
      const device = random.pick(DEVICES);
      const shown = Array.from({ length: 6 + random.integer(5) }, anyTitle);
      const events = shown.map((title, i) =>
        event(
          profileId,
          'IMPRESSION',
          { titleId: title.id, device },
          { slateId, row: Math.floor(i / 6), position: i % 6, propensity: 1 },
        ),
      );
      if (random.next() < PLAY_SHARE) {
        const { id: titleId } = random.pick(shown);
        const watched = 60 + random.integer(5_000);
        const report = (type: 'PLAY_START' | 'PLAY_PROGRESS' | 'PLAY_STOP', watchedSeconds: number) =>
          events.push(
            event(profileId, type, { titleId, watchedSeconds, positionSeconds: watchedSeconds, device }),
          );
        events.push(event(profileId, 'DETAILS_OPENED', { titleId, device }));
        report('PLAY_START', 0);
        report('PLAY_PROGRESS', Math.floor(watched / 2));
        report('PLAY_STOP', watched);
      }
      if (random.next() < LIKE_SHARE) {
        events.push(event(profileId, 'REACTION_SET', { titleId: shown[0]!.id, reaction: 'LIKE' }));
      }
      return events;
    },
  };
}

const profileOf = (index: number): string => `viewer-${index}`;
