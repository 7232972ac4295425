/**
 * Watches a replay and takes down, at the moments when a viewer could decide for a title, the row the ranker
 * would have seen; what happens afterwards decides the label.
 *
 * - A title on screen (impression) is a moment of decision: its row is taken **before** the impression counts.
 *   Without one (imports, search) it is the first report of a play, before that report counts. A row taken later
 *   would know the answer: a play clears the title's impressions and enters the history.
 * - **Positive**: the first qualified watch of a title, within a day of the moment.
 * - **Given up**: a play that was begun and never became one.
 * - **Negative**: an impression that no qualified watch followed; and, for every positive, random titles of the
 *   catalogue at the same moment: half drawn uniformly, half from what is being watched. The mixture puts
 *   negatives where they teach most, and each is weighted by `uniform / mixture` density, so that in expectation
 *   the model still sees a uniform draw and popularity keeps its true meaning. Which of the two a positive is
 *   compared with is decided in `ranker/choices.ts`.
 */
import {
  DAY_MS,
  type DeliveredEvent,
  HOUR_MS,
  QUALIFIED_WATCH_SECONDS,
  type Random,
  type TitleId,
} from '@marquee/domain';
import {
  collaborativeHistory,
  contentSimilarity,
  coWatchScores,
  coWatchSeeds,
  fillRankingRow,
  type PopularityLookup,
  type PreparedProfile,
  type ProfileState,
  prepareProfile,
  type TitleFacts,
  type TitleNeighbours,
  tasteVector,
  titlePopularityView,
} from '@marquee/features';
import type { CollaborativeModel, FoldedProfile } from './collaborative/collaborative-model.ts';
import { ExampleStore } from './example-store.ts';
import { PLACES_PER_ROW } from './ranker/ranking-examples.ts';
import { RecentWatches } from './recent-watches.ts';

export interface CollectorOptions {
  readonly titles: { get(id: TitleId): TitleFacts | undefined; newest(): readonly TitleId[] };
  readonly vectorOf: (id: TitleId) => Float32Array | undefined;
  /** Co-watch neighbours learned from before `from`. */
  readonly neighboursOf: (id: TitleId) => TitleNeighbours | undefined;
  /** Learned from before `from`. */
  readonly collaborative?: CollaborativeModel;
  /** Start of the example window, epoch milliseconds. */
  readonly from: number;
  readonly random: Random;
  /** Random negatives drawn for each play. */
  readonly randomNegatives: number;
  /** Rows kept at most; moments after that are not taken. */
  readonly maxRows: number;
}

/** One positive and its random negatives; impressions without a play are joined later. */
export interface PositiveGroup {
  readonly profileId: string;
  readonly positive: number;
  readonly randomNegatives: readonly number[];
  /** Whether an impression led to the play. */
  readonly shown: boolean;
}

export interface GivenUp {
  readonly row: number;
  readonly at: number;
}

interface Moment {
  readonly row: number;
  readonly at: number;
  readonly shown: boolean;
  /** A play has begun. */
  begun?: boolean;
  /** Rows of random negatives, once a play has begun. */
  randomNegatives?: readonly number[];
}

/** What is the same for all titles a profile is asked about within a sitting. */
interface Sitting {
  readonly revision: number;
  readonly at: number;
  readonly prepared: PreparedProfile;
  readonly taste: Float32Array | undefined;
  readonly coWatch: ReadonlyMap<TitleId, number>;
  readonly folded: FoldedProfile | undefined;
}

/** Impressions of a title within this time are one moment. */
const SITTING_MS = 6 * HOUR_MS;
const SITTING_REUSE_MS = HOUR_MS / 2;
const MAX_SITTINGS = 5_000;
/** Watches remembered for drawing negatives by popularity. */
const RECENT_WATCHES = 20_000;
const NO_POPULARITY = new Float32Array(titlePopularityView.fields.length);

export class ExampleCollector {
  readonly rows = new ExampleStore();
  readonly positives: PositiveGroup[] = [];
  /** Rows of impressions without a qualified watch, by profile, in order of time. */
  readonly unplayed = new Map<string, number[]>();
  /** In no order. */
  readonly givenUp: GivenUp[] = [];
  readonly #options: CollectorOptions;
  readonly #moments = new Map<string, Map<TitleId, Moment>>();
  readonly #sittings = new Map<string, Sitting>();
  /** Profile → title → the row whose play goes on. */
  readonly #watching = new Map<string, Map<TitleId, { readonly row: number; readonly until: number }>>();
  readonly #recent = new RecentWatches(RECENT_WATCHES);

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** The materialiser's `observe` hook. */
  readonly observe = (
    before: ProfileState,
    { event }: DeliveredEvent,
    popularity: PopularityLookup,
  ): void => {
    switch (event.type) {
      case 'IMPRESSION':
        if (event.occurredAt >= this.#options.from)
          this.#impression(before, event.profileId, event, popularity);
        break;
      case 'PLAY_START':
      case 'PLAY_PROGRESS':
      case 'PLAY_STOP':
        this.#play(before, event.profileId, event, popularity);
        break;
      default:
    }
  };

  /** Impressions whose day has not passed are without a play as far as the log knows. */
  finish(): void {
    for (const [profileId, moments] of this.#moments) {
      for (const moment of moments.values()) this.#close(profileId, moment);
      this.unplayed.get(profileId)?.sort((a, b) => this.rows.at[a]! - this.rows.at[b]!);
    }
    this.#moments.clear();
  }

  #impression(
    before: ProfileState,
    profileId: string,
    event: FeedbackEvent,
    popularity: PopularityLookup,
  ): void {
    const { titleId } = event.payload;
    const known = this.#moments.get(profileId)?.get(titleId);
    if (
      known !== undefined &&
      (known.randomNegatives !== undefined || event.occurredAt - known.at < SITTING_MS)
    ) {
      return;
    }
    const row = this.#take(before, profileId, titleId, event, popularity, { place: placeOf(event) });
    if (row === undefined) return;
    if (known !== undefined) this.#close(profileId, known);
    this.#remember(profileId, titleId, { row, at: event.occurredAt, shown: true });
  }

  #play(before: ProfileState, profileId: string, event: FeedbackEvent, popularity: PopularityLookup): void {
    const { titleId, watchedSeconds = 0 } = event.payload;
    this.#watchOn(profileId, event, watchedSeconds);
    const entry = before.history.find((watched) => watched.titleId === titleId);
    if (entry?.qualified) return;
    const qualifies = watchedSeconds > QUALIFIED_WATCH_SECONDS;
    if (event.occurredAt >= this.#options.from) {
      const moment = this.#momentOfPlay(before, profileId, event, popularity, entry !== undefined);
      if (moment !== undefined && moment.begun !== true) {
        moment.begun = true;
        this.#beginWatching(profileId, event, moment.row, watchedSeconds);
      }
      if (moment !== undefined && qualifies) {
        this.#moments.get(profileId)?.delete(titleId);
        this.positives.push({
          profileId,
          positive: moment.row,
          randomNegatives: moment.randomNegatives ?? [],
          shown: moment.shown,
        });
      }
    }
    if (qualifies) this.#recent.add(titleId);
  }

  #momentOfPlay(
    before: ProfileState,
    profileId: string,
    event: FeedbackEvent,
    popularity: PopularityLookup,
    playedBefore: boolean,
  ): Moment | undefined {
    const { titleId } = event.payload;
    let moment = this.#moments.get(profileId)?.get(titleId);
    if (moment !== undefined && event.occurredAt - moment.at > DAY_MS) {
      this.#moments.get(profileId)!.delete(titleId);
      this.#close(profileId, moment);
      moment = undefined;
    }
    if (moment === undefined) {
      // Begun earlier, at a moment that was not taken: what the state says now would give it away.
      if (playedBefore) return undefined;
      const row = this.#take(before, profileId, titleId, event, popularity, {});
      if (row === undefined) return undefined;
      moment = { row, at: event.occurredAt, shown: false };
      this.#remember(profileId, titleId, moment);
    }
    moment.randomNegatives ??= this.#drawNegatives(
      before,
      profileId,
      event,
      popularity,
      this.rows.place[moment.row]!,
    );
    return moment;
  }

  #drawNegatives(
    before: ProfileState,
    profileId: string,
    event: FeedbackEvent,
    popularity: PopularityLookup,
    place: number,
  ): readonly number[] {
    const { random, titles, randomNegatives } = this.#options;
    const all = titles.newest();
    const rows: number[] = [];
    for (let i = 0, tries = 0; i < randomNegatives && tries < randomNegatives * 5; tries++) {
      const byPopularity = i % 2 === 1 && this.#recent.size > 0;
      const id = byPopularity ? this.#recent.draw(random) : random.pick(all);
      const title = titles.get(id);
      const unknown = title === undefined || title.addedAt > event.occurredAt || id === event.payload.titleId;
      if (unknown || before.history.some((entry) => entry.titleId === id)) continue;
      const uniform = 1 / all.length;
      const weight = this.#recent.size > 0 ? uniform / ((uniform + this.#recent.share(id)) / 2) : 1;
      const row = this.#take(before, profileId, id, event, popularity, { weight, place });
      if (row !== undefined) rows.push(row);
      i++;
    }
    return rows;
  }

  /** Takes a title's row down as of now; undefined for unknown or watched titles and beyond the bound. */
  #take(
    before: ProfileState,
    profileId: string,
    titleId: TitleId,
    event: FeedbackEvent,
    popularity: PopularityLookup,
    { weight = 1, place = Number.NaN }: { readonly weight?: number; readonly place?: number },
  ): number | undefined {
    const title = this.#options.titles.get(titleId);
    if (title === undefined || this.rows.rows >= this.#options.maxRows) return undefined;
    const sitting = this.#sitting(before, profileId, event.occurredAt);
    if (sitting.prepared.watched.has(titleId)) return undefined;
    const { device } = event.payload;
    const prepared = {
      ...sitting.prepared,
      context: { now: event.occurredAt, ...(device !== undefined && { device }) },
    };
    const signals = {
      contentSimilarity: contentSimilarity(sitting.taste, this.#options.vectorOf(titleId)),
      coWatch: sitting.coWatch.get(titleId) ?? 0,
      collaborative: sitting.folded?.score(titleId) ?? 0,
    };
    return this.rows.add({ at: event.occurredAt, weight, place }, (target, offset) =>
      fillRankingRow(target, offset, prepared, title, popularity(titleId) ?? NO_POPULARITY, 0, signals),
    );
  }

  #sitting(before: ProfileState, profileId: string, at: number): Sitting {
    const known = this.#sittings.get(profileId);
    if (known?.revision === before.revision && Math.abs(at - known.at) < SITTING_REUSE_MS) return known;
    const sitting: Sitting = {
      revision: before.revision,
      at,
      prepared: prepareProfile(before, { now: at }, this.#options.titles),
      taste: tasteVector(before, this.#options.vectorOf, at),
      coWatch: coWatchScores(coWatchSeeds(before), this.#options.neighboursOf),
      folded: this.#options.collaborative?.fold(collaborativeHistory(before)),
    };
    if (this.#sittings.size >= MAX_SITTINGS) this.#sittings.clear();
    this.#sittings.set(profileId, sitting);
    return sitting;
  }

  #remember(profileId: string, titleId: TitleId, moment: Moment): void {
    let own = this.#moments.get(profileId);
    if (own === undefined) {
      own = new Map();
      this.#moments.set(profileId, own);
    }
    own.set(titleId, moment);
  }

  #beginWatching(profileId: string, event: FeedbackEvent, row: number, watchedSeconds: number): void {
    const until = event.occurredAt + DAY_MS;
    this.rows.watchSeconds[row] = watchedSeconds;
    const own = this.#watching.get(profileId);
    if (own === undefined) this.#watching.set(profileId, new Map([[event.payload.titleId, { row, until }]]));
    else own.set(event.payload.titleId, { row, until });
  }

  #watchOn(profileId: string, { occurredAt, payload }: FeedbackEvent, watchedSeconds: number): void {
    const own = this.#watching.get(profileId);
    const play = own?.get(payload.titleId);
    if (play === undefined) return;
    if (occurredAt > play.until) own!.delete(payload.titleId);
    else this.rows.watchSeconds[play.row] = Math.max(this.rows.watchSeconds[play.row]!, watchedSeconds);
  }

  #close(profileId: string, moment: Moment): void {
    if (moment.begun) this.givenUp.push({ row: moment.row, at: moment.at });
    // What was begun is an example already.
    if (moment.begun) return;
    if (!moment.shown) return;
    const rows = this.unplayed.get(profileId);
    if (rows === undefined) this.unplayed.set(profileId, [moment.row]);
    else rows.push(moment.row);
  }
}

function placeOf({ row, position }: FeedbackEvent): number {
  return row === undefined || position === undefined ? Number.NaN : row * PLACES_PER_ROW + position;
}

type FeedbackEvent = Extract<
  DeliveredEvent['event'],
  { type: 'IMPRESSION' | 'PLAY_START' | 'PLAY_PROGRESS' | 'PLAY_STOP' }
>;
