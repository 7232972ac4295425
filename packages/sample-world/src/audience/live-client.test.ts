import { createRandom, eventSchema, manualClock } from '@marquee/domain';
import { describe, expect, it } from 'vitest';
import { buildSampleCatalogue } from '../catalogue/build-sample-catalogue.ts';
import { bestArtwork } from './artwork-appeal.ts';
import { createAudience } from './create-audience.ts';
import type { PageItem } from './live-client.ts';

const now = Date.UTC(2026, 5, 1, 20);
const { titles } = buildSampleCatalogue({ now });
const audience = createAudience({ seed: 11, titles, profiles: 50, now });
const context = { hour: 20, device: 'TV', now } as const;

const pageOf = (titleIds: readonly string[]): PageItem[] =>
  titleIds.map((titleId, i) => ({
    titleId,
    row: Math.floor(i / 6),
    position: i % 6,
    slateId: 'slate-1',
    trackingToken: `token-${i}`,
  }));
const oraclePage = pageOf(audience.oracleRanking('sim-1', context, 24).map(({ titleId }) => titleId));

function clientOf(profileId: string, seed = 1, pace: 'instant' | 'watching' = 'instant') {
  const clock = manualClock(now);
  return {
    clock,
    client: audience.liveClient({ profileId, random: createRandom(seed), clock, device: 'TV', pace }),
  };
}

describe('a live client', () => {
  it('sends valid events with ids of their own, and the token of the item they are about', () => {
    const { client } = clientOf('sim-1');
    const actions = Array.from({ length: 5 }, () => client.visit(oraclePage).actions).flat();
    expect(new Set(actions.map(({ eventId }) => eventId)).size).toBe(actions.length);
    for (const action of actions) {
      expect(eventSchema.safeParse(action).success).toBe(true);
      if (action.type === 'IMPRESSION') {
        const item = oraclePage.find(({ titleId }) => titleId === action.payload.titleId)!;
        expect(action).toMatchObject({
          trackingToken: item.trackingToken,
          row: item.row,
          position: item.position,
        });
      }
    }
  });

  it('sees what is on screen and nothing else', () => {
    const wide = Array.from(
      { length: 80 },
      (_, i): PageItem => ({
        titleId: titles[i]!.id,
        row: Math.floor(i / 10),
        position: i % 10,
      }),
    );
    const seen = clientOf('sim-1')
      .client.visit(wide)
      .actions.filter(({ type }) => type === 'IMPRESSION');
    expect(seen).toHaveLength(6 * 4);
    for (const { row, position } of seen) {
      expect(row).toBeLessThan(4);
      expect(position).toBeLessThan(6);
    }
  });

  it('stamps events for a service that refuses the future, or as they would happen', () => {
    const instant = clientOf('sim-1').client.visit(oraclePage);
    for (const { occurredAt } of instant.actions) expect(occurredAt - now).toBeLessThan(1_000);
    const { client, clock } = clientOf('sim-1', 1, 'watching');
    for (let i = 0; i < 10; i++) {
      const visit = client.visit(oraclePage);
      expect(visit.endedAt - clock.now()).toBeGreaterThanOrEqual(visit.watchedSeconds * 1_000);
      clock.set(visit.endedAt);
    }
  });

  it('watches more of a page that the oracle made than of a random one', () => {
    const watched = (page: PageItem[]): number => {
      let seconds = 0;
      for (let seed = 0; seed < 200; seed++)
        seconds += clientOf('sim-1', seed).client.visit(page).watchedSeconds;
      return seconds;
    };
    const randomPage = pageOf(
      createRandom(4)
        .shuffle(titles)
        .slice(0, 24)
        .map(({ id }) => id),
    );
    expect(watched(oraclePage)).toBeGreaterThan(2 * watched(randomPage));
  });

  it('looks past titles it does not know and copes with an empty page', () => {
    const { client } = clientOf('sim-1');
    expect(client.visit([]).actions).toEqual([]);
    expect(client.visit([{ titleId: 't_nowhere', row: 0, position: 0 }]).actions).toEqual([]);
  });

  it('does the same for the same random stream', () => {
    expect(clientOf('sim-2', 9).client.visit(oraclePage)).toEqual(
      clientOf('sim-2', 9).client.visit(oraclePage),
    );
  });

  it('reacts to one picture of a title more than to the others, and tells which it saw', () => {
    const several = titles.filter(({ artworkVariants }) => artworkVariants === 3).slice(0, 24);
    const plays = (variant: (title: (typeof titles)[number]) => number): number => {
      let count = 0;
      for (let seed = 0; seed < 150; seed++) {
        const { client } = clientOf('sim-1', seed);
        const page = pageOf(several.map(({ id }) => id)).map((item, i) => ({
          ...item,
          artwork: {
            id: `picture-of-${item.titleId}`,
            url: `/p.svg?width=1&variant=${variant(several[i]!)}`,
          },
        }));
        const { actions, playedTitleIds } = client.visit(page);
        for (const action of actions) {
          if (action.type === 'IMPRESSION')
            expect(action.artworkId).toBe(`picture-of-${action.payload.titleId}`);
        }
        count += playedTitleIds.length;
      }
      return count;
    };
    const { segment } = audience.profile('sim-1');
    const best = plays((title) => bestArtwork(title, segment)!);
    const another = plays((title) => (bestArtwork(title, segment)! + 1) % 3);
    expect(best).toBeGreaterThan(1.1 * another);
  });
});
