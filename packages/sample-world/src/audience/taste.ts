/** What one viewer likes: the latent variables behind everything the simulator lets them do. */
import type { MaturityRating, Region } from '@marquee/domain';
import { STYLE_DIMENSIONS } from './film-world.ts';
import { mix, normalAt, uniformAt } from './mix.ts';
import { SEGMENTS, type SegmentPrior } from './segments.ts';

export interface Taste {
  readonly segment: SegmentPrior;
  readonly region: Region;
  readonly maturityLimit?: MaturityRating;
  /** Per genre index of the film world. */
  readonly genres: Float32Array;
  /** Hash key that decides which directors are loved or avoided. */
  readonly directorKey: number;
  /** Hand-set directors (hash of the id → taste), instead of the drawn ones. */
  readonly directors?: ReadonlyMap<number, number>;
  readonly eraCentre: number;
  /** Years around the centre. */
  readonly eraWidth: number;
  readonly eraStrength: number;
  /** Pull of popular titles; negative prefers the obscure. */
  readonly popularity: number;
  /** Pull of titles that joined lately. */
  readonly novelty: number;
  /** `STYLE_DIMENSIONS` values, about standard normal. */
  readonly style: Float32Array;
}

const REGIONS: readonly Region[] = ['US', 'US', 'US', 'US', 'US', 'CA', 'GB', 'GB', 'DE', 'FR'];
const FAVOURITES = 2;
const MIN_ACTIVITY = 0.18;
const ACTIVITY_RANGE = 0.12;

/** The taste of the `n`-th drawn profile; needs nothing but the seed, so it is never stored. */
export function drawTaste(seed: number, n: number, genreIds: readonly string[]): Taste {
  const key = mix(seed, n, 11);
  const u = (purpose: number): number => uniformAt(key, purpose);
  const segment = segmentAt(u(1));
  const genres = Float32Array.from(
    genreIds,
    (id, g) => (segment.genres[id] ?? 0) + 0.6 * normalAt(key, 2, g),
  );
  const favourable = genreIds.length;
  if (favourable > 0) {
    for (let i = 0; i < FAVOURITES; i++) genres[mix(key, 3, i) % favourable]! += 1.2;
    genres[mix(key, 4) % favourable]! -= 1;
  }
  const limit = segment.maturityLimits[Math.floor(u(5) * segment.maturityLimits.length)];
  return {
    segment,
    region: REGIONS[Math.floor(u(6) * REGIONS.length)]!,
    ...(limit === undefined ? {} : { maturityLimit: limit }),
    genres,
    directorKey: mix(key, 7),
    eraCentre: segment.eraCentre + 6 * normalAt(key, 8),
    eraWidth: 12,
    eraStrength: Math.max(0, segment.eraStrength + 0.25 * normalAt(key, 9)),
    popularity: 0.5 + 0.35 * normalAt(key, 10),
    novelty: 0.3 + 0.3 * normalAt(key, 12),
    style: Float32Array.from({ length: STYLE_DIMENSIONS }, (_, d) => normalAt(key, 13, d)),
  };
}

/** Chance of a session on an average day; apart from the taste because it is asked for every viewer and day. */
export function activityOf(seed: number, n: number): number {
  return MIN_ACTIVITY + ACTIVITY_RANGE * uniformAt(mix(seed, n, 11), 14);
}

function segmentAt(draw: number): SegmentPrior {
  let rest = draw;
  for (const segment of SEGMENTS) {
    rest -= segment.share;
    if (rest < 0) return segment;
  }
  return SEGMENTS.at(-1)!;
}
