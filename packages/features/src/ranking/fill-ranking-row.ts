/**
 * From a profile, a title and its popularity to one row of the ranker's matrix. A column is one entry of
 * COLUMNS, its name beside its formula; the model's manifest lists the names, so a changed column refuses an
 * old model instead of feeding it something else.
 *
 * Every value is finite by construction: `finite` turns NaN into 0 and bounds the rest.
 */
import { DAY_MS, DEFAULT_RUNTIME_SECONDS } from '@marquee/domain';
import { eraOf } from '../profile/era.ts';
import type { TitleFacts } from '../title-table.ts';
import type { ProfileState } from '../views/profile-state.view.ts';
import { TASTE_HALF_LIFE_MS } from '../views/profile-state.view.ts';
import { PopularityCursor, type PopularityNow } from './popularity-now.ts';
import type { PreparedProfile, RankingContext, RetrievalSignals } from './ranking-features.ts';
import { decadePreference, fameOf, learnPreference, type TitlesSeen } from './viewer-preference.ts';
import { type GenreTraits, type ViewerTraits, viewerTraits } from './viewer-traits.ts';
import { watchRateNow } from './watch-rate-now.ts';

/** Weight of "nothing known yet" against the sums of a taste: two liked titles' worth. */
const TASTE_PRIOR = 2;
/** An onboarding genre counts like this much of a taste sum. */
const ONBOARDING_WEIGHT = 1;
const IMPRESSION_HALF_LIFE_DAYS = 7;
const UNKNOWN_AGE_YEARS = 20;
const MEAN_SCORE = 6.5;
/** How many votes the mean score weighs; a score of unknown count counts as half as many. */
const SCORE_PRIOR_VOTES = 50;
const SEEN_ENOUGH_WATCHES = 10;

/** Once per request: digests the state so that a row costs look-ups only. Pure. @param titles what is known of the titles that the state names */
export function prepareProfile(
  state: ProfileState,
  context: RankingContext,
  titles: TitlesSeen,
): PreparedProfile {
  const { taste } = state;
  const decay = 2 ** (-Math.max(0, context.now - taste.updatedAt) / TASTE_HALF_LIFE_MS);
  const genres = new Map<string, number>();
  const total =
    taste.total * decay + TASTE_PRIOR + ONBOARDING_WEIGHT * Math.sign(state.onboardingGenreIds.length);
  for (const [id, sum] of Object.entries(taste.genres)) genres.set(id, (sum * decay) / total);
  for (const id of state.onboardingGenreIds)
    genres.set(id, (genres.get(id) ?? 0) + ONBOARDING_WEIGHT / total);
  const shares = (sums: Readonly<Record<string, number>>): Map<string, number> =>
    new Map(Object.entries(sums).map(([key, sum]) => [key, (sum * decay) / total]));
  const watched = new Set<string>();
  for (const entry of state.history) if (entry.qualified || entry.completed) watched.add(entry.titleId);
  return {
    state,
    context,
    watched,
    genreAffinity: genres,
    // Somebody's films are few, so it is the evidence that counts here, not its share of all watching.
    personAffinity: new Map(
      Object.entries(taste.people).map(([id, sum]) => {
        const now = sum * decay;
        return [id, now / (Math.abs(now) + 1)];
      }),
    ),
    eraAffinity: shares(taste.eras),
    studioAffinity: shares(taste.studios),
    onboardingGenres: new Set(state.onboardingGenreIds),
    followedPeople: new Set(state.followedPersonIds),
    myList: new Set(state.myList.map((saved) => saved.titleId)),
    impressions: new Map(Object.entries(state.impressions)),
    preference: learnPreference(state, titles, context.now),
  };
}

interface Inputs {
  readonly profile: PreparedProfile;
  readonly traits: ViewerTraits;
  readonly title: TitleFacts;
  readonly genres: GenreTraits;
  readonly popularity: PopularityNow;
  readonly signals: RetrievalSignals;
}
type Column = ((inputs: Inputs) => number) & { readonly ofViewerAlone?: true };

/** The same for all titles of a request: worked out once. */
const ofViewer = (formula: (profile: PreparedProfile) => number): Column =>
  Object.assign(({ profile }: Inputs) => formula(profile), { ofViewerAlone: true } as const);

const few = ({ profile }: Inputs): number => 1 / (1 + profile.state.qualifiedWatches);
const enough = ({ profile }: Inputs): number =>
  Math.min(1, profile.state.qualifiedWatches / SEEN_ENOUGH_WATCHES);
const onDevice = (device: RankingContext['device']): Column =>
  ofViewer(({ context }) => (context.device === device ? 1 : 0));
const runtimeHours = ({ title }: Inputs): number =>
  Math.min(5, (title.runtimeMinutes ?? DEFAULT_RUNTIME_SECONDS / 60) / 60);
/** Hour of the day in UTC as an angle. */
const hourAngle = ({ context }: PreparedProfile): number => (2 * Math.PI * (context.now % DAY_MS)) / DAY_MS;

const COLUMNS = {
  // The title with everybody.
  popularity_1d: ({ popularity: p }) => Math.log1p(p.watches1d),
  popularity_7d: ({ popularity: p }) => Math.log1p(p.watches7d),
  popularity_30d: ({ popularity: p }) => Math.log1p(p.watches30d),
  popularity_total: ({ popularity: p }) => Math.log1p(p.watchesTotal),
  // Rates per day of an exponentially decayed count are `count × ln 2 / half-life`; ln 2 cancels.
  trend_ratio: ({ popularity: p }) => Math.log((p.watches7d / 7 + 0.1) / (p.watches30d / 30 + 0.1)),
  // The last five minutes, hour, day and week, each as far as it has watches enough to tell from what was usual before.
  trend_now: ({ popularity: p }) => Math.log((watchRateNow(p) / Math.LN2 + 0.1) / (p.watches30d / 30 + 0.1)),
  like_ratio: ({ popularity: p }) => (p.likes30d - p.dislikes30d) / (p.likes30d + p.dislikes30d + 5),
  completion_ratio: ({ popularity: p }) => (p.completions30d + 2.5) / (p.watches30d + 5),
  abandonment_ratio: ({ popularity: p }) =>
    (p.abandonments30d + 0.5) / (p.watches30d + p.abandonments30d + 5),
  impressions_total: ({ popularity: p }) => Math.log1p(p.impressionsTotal),
  // Watches without an impression (imports, search) must not make a rate above 1.
  watch_rate: ({ popularity: p }) => (p.watches7d + 1) / (Math.max(p.impressions7d, p.watches7d) + 20),
  // The title itself.
  age_years: ({ profile, title }) => {
    if (title.releaseYear === undefined) return Math.log1p(UNKNOWN_AGE_YEARS);
    return Math.log1p(Math.max(0, 1970 + profile.context.now / (365.25 * DAY_MS) - title.releaseYear));
  },
  catalogue_age_days: ({ profile, title }) =>
    Math.log1p(Math.max(0, profile.context.now - title.addedAt) / DAY_MS),
  runtime_hours: runtimeHours,
  average_score: ({ title }) => {
    if (title.averageScore === undefined) return 0;
    const votes = title.scoreCount ?? SCORE_PRIOR_VOTES / 2;
    return ((title.averageScore - MEAN_SCORE) * votes) / (votes + SCORE_PRIOR_VOTES);
  },
  votes: ({ title }) => fameOf(title),
  // The title with this viewer.
  genre_affinity_max: ({ genres }) => genres.largest,
  genre_affinity_mean: ({ genres }) => genres.mean,
  director_affinity: ({ traits, title }) => traits.largestOfDirectors(title),
  people_affinity: ({ traits, title }) => traits.ofPeople(title),
  era_affinity: ({ profile, title }) =>
    (title.releaseYear !== undefined && profile.eraAffinity.get(eraOf(title.releaseYear))) || 0,
  studio_affinity: ({ profile, title }) =>
    (title.studio !== undefined && profile.studioAffinity.get(title.studio)) || 0,
  preferred_genres: ({ genres }) => genres.preferred,
  preferred_decade: ({ profile, title }) => decadePreference(profile.preference, title),
  preferred_fame: ({ profile, title }) => profile.preference.fame * fameOf(title),
  content_similarity: ({ signals }) => signals.contentSimilarity,
  co_watch: ({ signals }) => Math.log1p(10 * Math.max(0, signals.coWatch)),
  collaborative: ({ signals }) => signals.collaborative,
  seen_without_play: ({ profile, title }) => {
    const seen = profile.impressions.get(title.id);
    if (seen === undefined) return 0;
    const days = Math.max(0, profile.context.now - seen.lastAt) / DAY_MS;
    return Math.log1p(seen.count * 2 ** (-days / IMPRESSION_HALF_LIFE_DAYS));
  },
  onboarding_match: ({ genres }) => (genres.chosen ? 1 : 0),
  followed_person: ({ traits, title }) => (traits.hasFollowed(title) ? 1 : 0),
  in_my_list: ({ profile, title }) => (profile.myList.has(title.id) ? 1 : 0),
  // The moment. Constant within a request; they set the level of the probability and feed interactions.
  watch_count: ofViewer(({ state }) => Math.log1p(state.qualifiedWatches)),
  hour_sin: ofViewer((profile) => Math.sin(hourAngle(profile))),
  hour_cos: ofViewer((profile) => Math.cos(hourAngle(profile))),
  device_tv: onDevice('TV'),
  device_mobile: onDevice('MOBILE'),
  device_tablet: onDevice('TABLET'),
  // What matters depends on how well we know the viewer.
  popularity_when_new: (inputs) => Math.log1p(inputs.popularity.watches30d) * few(inputs),
  onboarding_when_new: (inputs) => (inputs.genres.chosen ? few(inputs) : 0),
  similarity_when_known: (inputs) => inputs.signals.contentSimilarity * enough(inputs),
  runtime_on_mobile: (inputs) => (inputs.profile.context.device === 'MOBILE' ? runtimeHours(inputs) : 0),
} as const satisfies Record<string, Column>;

/** Names of the columns in order; a model lists them in its manifest. */
export const RANKING_COLUMNS: readonly string[] = Object.keys(COLUMNS);
const FORMULAS: readonly Column[] = Object.values(COLUMNS);
const OF_VIEWER = [...FORMULAS.keys()].filter((column) => FORMULAS[column]!.ofViewerAlone);
const OF_TITLE = [...FORMULAS.keys()].filter((column) => !FORMULAS[column]!.ofViewerAlone);

/** Rows of one viewer: what is the same for all titles of a request is worked out once, and nothing is made per row. */
export class RankingRows {
  readonly #traits: ViewerTraits;
  readonly #popularity: PopularityCursor;
  readonly #own: Float32Array;
  /** Of the row that is being written. */
  readonly #inputs: { -readonly [K in keyof Inputs]: Inputs[K] };

  constructor(prepared: PreparedProfile) {
    this.#traits = viewerTraits(prepared);
    this.#popularity = new PopularityCursor(prepared.context.now);
    const profile = prepared;
    this.#inputs = {
      ...{ profile, traits: this.#traits, title: NO_TITLE, genres: this.#traits.ofGenres(NO_TITLE.genreIds) },
      ...{ popularity: this.#popularity, signals: NO_SIGNALS },
    };
    this.#own = Float32Array.from(OF_VIEWER, (column) => finite(FORMULAS[column]!(this.#inputs)));
  }

  /**
   * Writes RANKING_COLUMNS.length finite values to `target[offset ..]`.
   *
   * @param popularity holds a row of `titlePopularityView` at `popularityOffset`; its counts are decayed to
   *   `prepared.context.now` here.
   */
  fill(
    target: Float32Array,
    offset: number,
    title: TitleFacts,
    popularity: Float32Array,
    popularityOffset: number,
    signals: RetrievalSignals,
  ): void {
    const inputs = this.#inputs;
    inputs.title = title;
    inputs.genres = this.#traits.ofGenres(title.genreIds);
    this.#popularity.at(popularity, popularityOffset);
    inputs.signals = signals;
    const own = this.#own;
    for (let i = 0; i < OF_VIEWER.length; i++) target[offset + OF_VIEWER[i]!] = own[i]!;
    for (let i = 0; i < OF_TITLE.length; i++) {
      const column = OF_TITLE[i]!;
      target[offset + column] = finite(FORMULAS[column]!(inputs));
    }
  }
}

const NO_SIGNALS: RetrievalSignals = { contentSimilarity: 0, coWatch: 0, collaborative: 0 };
const NO_TITLE: TitleFacts = {
  ...{ id: '', name: '', kind: 'MOVIE', genreIds: [], personIds: [], directorIds: [], addedAt: 0 },
  ...{ maturityRating: 'NOT_RATED', availability: [] },
};

const rowsOf = new WeakMap<PreparedProfile, RankingRows>();

/** One row, as `RankingRows` writes it. */
export function fillRankingRow(
  target: Float32Array,
  offset: number,
  prepared: PreparedProfile,
  title: TitleFacts,
  popularity: Float32Array,
  popularityOffset: number,
  signals: RetrievalSignals,
): void {
  let rows = rowsOf.get(prepared);
  if (rows === undefined) {
    rows = new RankingRows(prepared);
    rowsOf.set(prepared, rows);
  }
  rows.fill(target, offset, title, popularity, popularityOffset, signals);
}

const BOUND = 1e6;

function finite(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(BOUND, Math.max(-BOUND, value));
}
