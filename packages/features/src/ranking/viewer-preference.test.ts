import { DAY_MS } from '@marquee/domain';
import { SAMPLE_INSTANT, sampleTitles } from '@marquee/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyToProfile } from '../materialiser/materialiser.ts';
import { arbitraryLog, titleTable } from '../test/arbitrary-log.ts';
import { createTitleTable } from '../title-table.ts';
import { emptyProfileState, type ProfileState, profileStateView } from '../views/profile-state.view.ts';
import { decadePreference, fameOf, learnPreference, NO_PREFERENCE } from './viewer-preference.ts';

const now = SAMPLE_INSTANT;
const GENRES = ['drama', 'comedy', 'western', 'horror'];
/** Forty titles, each of one genre in turn, of a director of their own. */
const titles = createTitleTable(
  sampleTitles(40, (i) => ({
    id: `t${i}`,
    genreIds: [GENRES[i % 4]!],
    directorIds: [`director-${i % 20}`],
    castIds: [],
    releaseYear: i % 4 === 2 ? 1955 : 2005,
    scoreCount: 1_000,
    averageScore: 6.5,
  })),
);
const of = (genre: string, count: number): readonly string[] =>
  [...titles.titlesOfGenre(genre)].sort().slice(0, count);

function viewer(watched: readonly string[], passedOver: readonly string[] = []): ProfileState {
  return {
    ...emptyProfileState(),
    qualifiedWatches: watched.length,
    history: watched.map((titleId, i) => ({
      ...{
        titleId,
        firstWatchedAt: now - i * DAY_MS,
        lastWatchedAt: now - i * DAY_MS,
        watchedSeconds: 5_000,
      },
      ...{ positionSeconds: 5_000, completed: true, qualified: true, abandoned: false },
      ...{ playbackStartedAt: now - i * DAY_MS, playbackSeconds: 5_000 },
    })),
    impressions: Object.fromEntries(passedOver.map((id) => [id, { count: 2, lastAt: now - DAY_MS }])),
  };
}

describe('learnPreference', () => {
  it('tells what was chosen from what was merely shown', () => {
    const chose = learnPreference(viewer(of('drama', 4), of('comedy', 9)), titles, now);
    const shownLittleElse = learnPreference(viewer(of('drama', 2), of('drama', 9).slice(2)), titles, now);
    expect(chose.genres.get('drama')!).toBeGreaterThan(0.5);
    expect(chose.genres.get('comedy')!).toBeLessThan(-0.2);
    expect(shownLittleElse.genres.get('drama')!).toBeLessThan(chose.genres.get('drama')! / 2);
  });

  it('says little of whoever has done little, and nothing of what they never met', () => {
    const once = learnPreference(viewer(of('western', 1)), titles, now);
    const often = learnPreference(viewer(of('western', 8)), titles, now);
    expect(once.genres.get('western')!).toBeGreaterThan(0);
    expect(often.genres.get('western')!).toBeGreaterThan(1.3 * once.genres.get('western')!);
    expect(often.genres.get('horror')).toBeUndefined();
    expect(learnPreference(emptyProfileState(), titles, now)).toBe(NO_PREFERENCE);
  });

  it('hears what was disliked and what was liked', () => {
    const opinion = (reaction: 'LIKE' | 'DISLIKE') =>
      learnPreference(
        { ...viewer(of('horror', 1)), reactions: { [of('horror', 1)[0]!]: { reaction, at: now } } },
        titles,
        now,
      ).genres.get('horror')!;
    expect(opinion('DISLIKE')).toBeLessThan(0);
    expect(opinion('LIKE')).toBeGreaterThan(
      learnPreference(viewer(of('horror', 1)), titles, now).genres.get('horror')!,
    );
  });

  it('knows the decades that a viewer likes, the years between two of them a little of each', () => {
    const old = learnPreference(
      viewer(of('western', 6), [...of('drama', 6), ...of('comedy', 6)]),
      titles,
      now,
    );
    const worth = (releaseYear: number): number => decadePreference(old, { releaseYear });
    expect(worth(1955)).toBeGreaterThan(0.05);
    expect(worth(2005)).toBeLessThan(0);
    expect(worth(1950)).toBeCloseTo((worth(1945) + worth(1955)) / 2, 6);
    expect(decadePreference(old, {})).toBe(0);
  });

  it('does not take the fame of what all the world watches for a taste', () => {
    const famous = createTitleTable(
      sampleTitles(40, (i) => ({
        id: `t${i}`,
        genreIds: [GENRES[i % 4]!],
        directorIds: [],
        castIds: [],
        ...(i % 4 === 0 && { scoreCount: 1_000_000, averageScore: 9 }),
      })),
    );
    const state = viewer(of('drama', 3), of('comedy', 6));
    expect(learnPreference(state, famous, now).genres.get('drama')!).toBeLessThan(
      learnPreference(state, titles, now).genres.get('drama')!,
    );
  });

  it('is finite whatever happened, and the same bits when the state comes from the store', () => {
    const table = titleTable();
    fc.assert(
      fc.property(arbitraryLog(40), (log) => {
        const state = log.reduce((s, delivered) => applyToProfile(s, delivered, table), emptyProfileState());
        const preference = learnPreference(state, table, now);
        const stored = profileStateView.decode(profileStateView.encode(state))!;
        expect(learnPreference(stored, table, now)).toEqual(preference);
        const all = [...preference.genres.values(), ...preference.decades.values()];
        for (const value of [...all, preference.fame]) expect(value).toSatisfy(Number.isFinite);
      }),
      { numRuns: 60 },
    );
  });
});

describe('fameOf', () => {
  it('counts votes in powers of ten, and is that of a usual title where nobody has counted', () => {
    expect(fameOf({ scoreCount: 99_999 }) - fameOf({ scoreCount: 999 })).toBeCloseTo(2, 6);
    expect(fameOf({})).toBe(0);
  });
});
