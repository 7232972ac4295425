/** Made-up candidates and queries for tests of pure stages and of page construction. */
import { createRandom, hash32 } from '@marquee/domain';
import { DEFAULT_EXPLORATION } from '@marquee/exploration';
import { emptyProfileState, type ProfileState, prepareProfile, type TitleFacts } from '@marquee/features';
import type { Provenance } from '@marquee/pipeline';
import fc from 'fast-check';
import { type HomeCandidate, newCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';
import { titlesOfViewer } from '../home/titles-of-viewer.ts';

export const NOW = Date.UTC(2026, 2, 14);
const GENRES = ['drama', 'comedy', 'western', 'film-noir', 'horror'];

export function factsOf(id: string, parts: Partial<TitleFacts> = {}): TitleFacts {
  return {
    id,
    name: `Title ${id}`,
    kind: 'MOVIE',
    genreIds: ['drama'],
    personIds: [],
    directorIds: [],
    addedAt: NOW - 1_000,
    maturityRating: 'PG',
    availability: [{ from: 0 }],
    ...parts,
  };
}

export function candidateOf(
  id: string,
  provenance: readonly Partial<Provenance>[] = [{}],
  parts: Partial<HomeCandidate> = {},
): HomeCandidate {
  const full = provenance.map((entry, i) => ({
    source: SOURCE.contentSimilarity,
    score: 1,
    rank: i,
    because: [],
    ...entry,
  }));
  return { ...newCandidate({ id, provenance: full }, parts.facts ?? factsOf(id)), ...parts };
}

export function queryOf(parts: Partial<HomeQuery> = {}): HomeQuery {
  const state: ProfileState = parts.state ?? emptyProfileState();
  return {
    profileId: 'somebody',
    knownState: undefined,
    device: undefined,
    filter: undefined,
    excludeTitleIds: new Set(),
    now: NOW,
    exploration: true,
    slate: Promise.resolve(undefined),
    state,
    rung: 'established',
    titlesOfViewer: titlesOfViewer(state, NOW),
    assignments: {},
    mmrLambda: 0.8,
    explorationSettings: DEFAULT_EXPLORATION,
    prepared: prepareProfile(state, { now: NOW }, new Map()),
    seeds: [],
    neighboursOfSeeds: [],
    coWatch: new Map(),
    collaborativeTaste: undefined,
    tasteVector: undefined,
    seedVectors: [],
    vectorsAtHand: true,
    lists: { popular: [], popularInSegment: [], trending: [], trendingInSegment: [], genresNow: [] },
    rowCounts: undefined,
    artworkCounts: undefined,
    names: { genre: (id) => id, person: (id) => id },
    ...parts,
  };
}

/** A ranked list of any shape: sources, genres, scores (some not finite), vectors, exploration. */
export const rankedLists = fc
  .record({
    size: fc.integer({ min: 0, max: 250 }),
    seed: fc.integer(),
    explored: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ size, seed, explored }) => {
    const random = createRandom(seed);
    const sources = Object.values(SOURCE).filter((source) => source !== SOURCE.exploration);
    return Array.from({ length: size }, (_, i) => {
      const id = `t${i}`;
      const exploration = random.next() < explored * 0.5;
      const provenance = exploration
        ? [{ source: SOURCE.exploration }]
        : Array.from({ length: 1 + random.integer(3) }, (_unused, rank) => ({
            source: random.pick(sources),
            rank,
            because: [`seed${random.integer(5)}`, 'person1'].slice(0, random.integer(3)),
          }));
      const unique = [...new Map(provenance.map((entry) => [entry.source, entry])).values()];
      return candidateOf(id, unique, {
        facts: factsOf(id, {
          genreIds: [...new Set([random.pick(GENRES), random.pick(GENRES)])].slice(0, random.integer(3)),
          releaseYear: 1950 + random.integer(70),
        }),
        score: random.next() < 0.05 ? Number.NaN : random.next(),
        vector: random.next() < 0.1 ? undefined : unit([random.normal(), random.normal(), random.normal()]),
      });
    });
  });

function unit(values: readonly number[]): Float32Array {
  const norm = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / norm);
}

/** The i-th of a repeatable stream of uniform numbers. */
export function randomOf(seed: number): () => number {
  // Close seeds give close first numbers; hashed ones do not.
  const random = createRandom(hash32(`${seed}`));
  return () => random.next();
}
