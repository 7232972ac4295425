import { createRandom } from '@marquee/domain';
import { DEFAULT_EXPLORATION, type ExplorationSettings, POLICY_NAMES } from '@marquee/exploration';
import type { ArtworkSnapshot } from '@marquee/features';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ArtworkCounts } from '../home/artwork-counts.ts';
import { candidateOf, factsOf, queryOf } from '../test/candidates.ts';
import { buildPage } from './build-page.ts';
import { createArtworkChooser } from './choose-artwork.ts';

type Counts = ArtworkSnapshot['counts'];

function countsOf(everybody: Counts, inSegment: Counts = everybody, day = 20_000): ArtworkCounts {
  return { everybody: { day, counts: everybody }, inSegment: { day, counts: inSegment }, blobs: [] };
}

function chooserOf(
  artworkCounts: ArtworkCounts | undefined,
  { profileId = 'somebody' as string | undefined, settings = DEFAULT_EXPLORATION } = {},
) {
  return createArtworkChooser(
    queryOf({ artworkCounts, profileId, explorationSettings: settings, exploration: true }),
  );
}

const title = (id: string, artworkVariants = 3) => factsOf(id, { artworkVariants });
const several = fc.dictionary(
  fc.constantFrom('t1', 't2', 'constructor'),
  fc.array(
    fc.tuple(fc.double({ min: 0, max: 5_000, noNaN: true }), fc.double({ min: 0, max: 900, noNaN: true })),
    { maxLength: 4 },
  ),
);

describe.each(POLICY_NAMES)('pictures by %s', (policy) => {
  const settings: ExplorationSettings = { ...DEFAULT_EXPLORATION, policy };

  test('are one of the title’s, with probabilities that sum to one, whatever was counted', () => {
    fc.assert(
      fc.property(
        several,
        several,
        fc.string(),
        fc.integer({ min: 2, max: 8 }),
        (one, other, who, variants) => {
          const choose = chooserOf(countsOf(one, other), { profileId: who, settings })!;
          for (const id of ['t1', 't2', 'constructor']) {
            const { variant, probabilities } = choose(title(id, variants))!;
            expect(probabilities).toHaveLength(variants);
            expect(Math.min(...probabilities)).toBeGreaterThanOrEqual(0);
            expect(probabilities.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 12);
            expect(probabilities[variant]).toBeGreaterThan(0);
          }
        },
      ),
    );
  });
});

test('a title with one picture has it, and so has every title for nobody in particular and where nothing could be read', () => {
  expect(chooserOf(countsOf({}))!(factsOf('t1'))).toBeUndefined();
  expect(
    createArtworkChooser(queryOf({ artworkCounts: countsOf({}), profileId: undefined })),
  ).toBeUndefined();
  expect(chooserOf(undefined)).toBeUndefined();
});

test('a viewer keeps a title’s picture for the day, on every page; on another day it is drawn anew', () => {
  const ids = Array.from({ length: 200 }, (_, i) => `t${i}`);
  const drawn = (day: number) => ids.map((id) => chooserOf(countsOf({}, {}, day))!(title(id))!.variant);
  expect(drawn(20_000)).toEqual(drawn(20_000));
  expect(drawn(20_001)).not.toEqual(drawn(20_000));
});

test('all places of a page that show a title show the same picture of it', () => {
  const ranked = Array.from({ length: 60 }, (_, i) =>
    candidateOf(`t${i}`, [{ source: i < 5 ? 'continue-watching' : 'content-similarity' }], {
      score: 1 - i / 60,
      facts: title(`t${i}`, i % 2 === 0 ? 2 : 1),
    }),
  );
  const query = queryOf();
  const { rows } = buildPage({
    ranked,
    query,
    artworkOf: chooserOf(countsOf({})),
    genreIds: ['drama'],
    titleOf: (id) => factsOf(id),
    standings: { of: () => undefined },
    editorial: { headline: 'Chosen' },
  });
  const pictures = new Map<string, unknown>();
  for (const { titleId, artwork } of rows.flatMap(({ items }) => items)) {
    expect(artwork !== undefined).toBe(Number(titleId.slice(1)) % 2 === 0);
    if (pictures.has(titleId)) expect(artwork).toEqual(pictures.get(titleId));
    pictures.set(titleId, artwork);
  }
  expect(pictures.size).toBeGreaterThan(20);
});

/** Two segments like different pictures of the same titles; what is known is counted, and known the next day. */
test('learns day by day which picture whom invites, and loses less than showing all alike or always the own one', () => {
  const TITLES = Array.from({ length: 12 }, (_, i) => `t${i}`);
  const SEGMENTS = ['family', 'student'];
  const [USUAL, BEST] = [0.06, 0.12];
  const bestOf = (t: number, s: number): number => (t + s) % 3;
  const random = createRandom(9);
  const known = new Map<string, [number, number][]>();
  const count = (key: string, variant: number, watched: number): void => {
    const ofTitle = known.get(key) ?? [
      [0, 0],
      [0, 0],
      [0, 0],
    ];
    ofTitle[variant]![0]++;
    ofTitle[variant]![1] += watched;
    known.set(key, ofTitle);
  };
  const snapshot = (of: string): Counts =>
    Object.fromEntries(TITLES.map((id) => [id, structuredClone(known.get(`${of} ${id}`) ?? [])]));
  let [shown, lost, later, lostLater] = [0, 0, 0, 0];
  const DAYS = 20;
  for (let day = 0; day < DAYS; day++) {
    const segments = SEGMENTS.map((segment) => countsOf(snapshot('all'), snapshot(segment), day));
    for (let viewer = 0; viewer < 300; viewer++) {
      const s = viewer % 2;
      const choose = chooserOf(segments[s]!, { profileId: `p${viewer}` })!;
      for (const [t, id] of TITLES.entries()) {
        const { variant } = choose(title(id))!;
        const isBest = variant === bestOf(t, s);
        const watched = Number(random.next() < (isBest ? BEST : USUAL));
        for (const of of ['all', SEGMENTS[s]!]) count(`${of} ${id}`, variant, watched);
        shown++;
        lost += isBest ? 0 : BEST - USUAL;
        if (day >= DAYS * 0.75) {
          later++;
          lostLater += isBest ? 0 : BEST - USUAL;
        }
      }
    }
  }
  const alike = (2 / 3) * (BEST - USUAL);
  expect(lost / shown).toBeLessThan(0.7 * alike);
  expect(lostLater / later).toBeLessThan(0.35 * alike);
});
