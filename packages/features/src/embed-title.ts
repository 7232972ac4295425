/**
 * From a title's fields to its content vector, and from a viewer's history to a taste vector in the same space.
 *
 * Every token ("genre:comedy", "person:p-12", "era:1990") is projected on all 64 dimensions with signs drawn
 * from its hash. Two tokens are then nearly orthogonal (their cosine is 0 ± 1/8), so no pair of tokens collides
 * outright as it would with one dimension per token, and the cosine of two titles estimates the weighted share
 * of what they have in common. Each kind of field has a fixed mass, shared by its tokens, so that a long cast
 * does not drown the genre.
 */
import { hash32, type TitleId } from '@marquee/domain';
import { CONTENT_DIMENSIONS } from './content-dimensions.ts';
import type { EmbeddableTitle } from './content-vector.ts';
import { contentWords } from './content-words.ts';
import { type ProfileState, TASTE_HALF_LIFE_MS, type WatchEntry } from './views/profile-state.view.ts';

/** Squared weight of a kind before normalisation; a kind that a title lacks leaves its share to the others. */
const MASS = {
  genre: 0.46,
  director: 0.16,
  cast: 0.12,
  studio: 0.04,
  era: 0.12,
  word: 0.08,
  kind: 0.02,
} as const;

const MAX_CAST = 10;
const MAX_WORDS = 24;

/** @returns 64 float32 values with L2 norm 1; for a title of which nothing is known, a vector of its kind alone. */
export function embedTitle(title: EmbeddableTitle): Float32Array {
  const vector = new Float64Array(CONTENT_DIMENSIONS);
  addAll(vector, 'genre', [...new Set(title.genreIds)], MASS.genre);
  // A person is one token in whatever role: an actor who directs brings the two kinds of title closer.
  addAll(vector, 'person', [...new Set(title.directorIds)], MASS.director);
  addAll(vector, 'person', [...new Set(title.castIds)].slice(0, MAX_CAST), MASS.cast);
  if (title.studio !== undefined) addAll(vector, 'studio', [title.studio.toLowerCase()], MASS.studio);
  addEra(vector, title.releaseYear);
  addAll(vector, 'word', contentWords(title.name, title.synopsis).slice(0, MAX_WORDS), MASS.word);
  addAll(vector, 'kind', [title.kind], MASS.kind);
  return normalised(vector) ?? new Float32Array(CONTENT_DIMENSIONS);
}

function addAll(vector: Float64Array, kind: string, tokens: readonly string[], mass: number): void {
  const weight = Math.sqrt(mass / Math.max(1, tokens.length));
  for (const token of tokens) addToken(vector, `${kind}:${token}`, weight);
}

/** The two decades whose middles enclose the year share its weight, so that 1989 and 1991 are neighbours. */
function addEra(vector: Float64Array, year: number | undefined): void {
  if (year === undefined) return;
  const place = (year - 5) / 10;
  const decade = Math.floor(place);
  const share = place - decade;
  const scale = Math.sqrt(MASS.era) / Math.hypot(1 - share, share);
  addToken(vector, `era:${decade * 10}`, (1 - share) * scale);
  addToken(vector, `era:${(decade + 1) * 10}`, share * scale);
}

function addToken(vector: Float64Array, token: string, weight: number): void {
  if (weight === 0) return;
  const low = hash32(token, 0x5eed);
  const high = hash32(token, 0x1eaf);
  const half = CONTENT_DIMENSIONS / 2;
  for (let i = 0; i < half; i++) {
    vector[i] = vector[i]! + ((low >>> i) & 1 ? weight : -weight);
    vector[half + i] = vector[half + i]! + ((high >>> i) & 1 ? weight : -weight);
  }
}

const LIKE = 1.5;
const DISLIKE = -1.5;
const HIDDEN = -0.75;
const ONBOARDING = 1;

/**
 * Where a viewer's taste points: the mean of the vectors of watched titles, weighted by how much was watched
 * and how long ago (half-life TASTE_HALF_LIFE_DAYS); likes add, dislikes and hidden titles subtract, the genres of
 * the onboarding quiz count as one title, which history outweighs by and by.
 *
 * @param vectorOf content vector of a title; titles without one are left out.
 * @returns L2 norm 1, or undefined where nothing is known or everything cancels out.
 */
export function tasteVector(
  state: ProfileState,
  vectorOf: (id: TitleId) => Float32Array | undefined,
  now: number,
): Float32Array | undefined {
  const sum = new Float64Array(CONTENT_DIMENSIONS);
  const add = (vector: Float32Array | undefined, weight: number): void => {
    if (vector === undefined || weight === 0) return;
    for (let i = 0; i < CONTENT_DIMENSIONS; i++) sum[i] = sum[i]! + weight * vector[i]!;
  };
  for (const entry of state.history) {
    const weight = engagement(entry);
    if (weight !== 0) add(vectorOf(entry.titleId), weight * recency(entry.lastWatchedAt, now));
  }
  for (const [id, { reaction, at }] of Object.entries(state.reactions)) {
    add(vectorOf(id), (reaction === 'LIKE' ? LIKE : DISLIKE) * recency(at, now));
  }
  for (const id of state.hiddenTitleIds) add(vectorOf(id), HIDDEN);
  if (state.onboardingGenreIds.length > 0) add(genresVector(state.onboardingGenreIds), ONBOARDING);
  return normalised(sum);
}

function genresVector(genreIds: readonly string[]): Float32Array {
  const vector = new Float64Array(CONTENT_DIMENSIONS);
  addAll(vector, 'genre', genreIds, MASS.genre);
  return normalised(vector) ?? new Float32Array(CONTENT_DIMENSIONS);
}

/** A full-length watch in seconds, for titles whose runtime is not at hand here. */
const FULL_WATCH_SECONDS = 90 * 60;

function engagement(entry: WatchEntry): number {
  if (entry.completed) return 1;
  if (entry.abandoned) return -0.3;
  if (!entry.qualified) return 0;
  return 0.3 + 0.6 * Math.min(1, entry.watchedSeconds / FULL_WATCH_SECONDS);
}

function recency(at: number, now: number): number {
  return 2 ** (-Math.max(0, now - at) / TASTE_HALF_LIFE_MS);
}

function normalised(vector: Float64Array): Float32Array | undefined {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += vector[i]! * vector[i]!;
  const norm = Math.sqrt(squares);
  if (!(norm > 1e-9)) return undefined;
  const unit = new Float32Array(vector.length);
  for (let i = 0; i < vector.length; i++) unit[i] = vector[i]! / norm;
  return unit;
}
