/**
 * Where a title stands in its catalogue: how widely it is known, and how well it is spoken of by those who know
 * it. Both are shares of the catalogue that it exceeds, so they mean the same in a world of critics' votes, in one
 * that knows nothing but watches, with six hundred viewers and with millions. Measured on an even sample of the
 * catalogue, read now and then, because no request could read all of it.
 */
import type { TitleId } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import { type TitleFacts, type TitleTable, titlePopularityView } from '@marquee/features';
import { beforeDeadline, deadlineAfter } from '@marquee/service-kit';
import type { RecommendationDeps } from '../dependencies.ts';
import { type Distribution, distribution, shareBelow } from './distribution.ts';
import { ratingOf } from './rating.ts';

const SAMPLE = 2_000;
const READ_TIMEOUT_MS = 500;
/** Watches that weigh as much as the audience's usual verdict. */
const PRIOR_WATCHES = 5;
/** How far single verdicts lie apart: a standard deviation, roughly, on a scale from -1 to 2. */
const VERDICT_SPREAD = 0.7;

export interface Standing {
  /** Share of the catalogue that is less widely known: by own watches or by outside votes, whichever is more. */
  readonly known: number;
  /**
   * Share that is less well liked, of the rated titles and of all watches, on average of those two that are
   * known; undefined where nobody has said anything.
   */
  readonly liked: number | undefined;
}

/** Rows of `titlePopularityView`. */
export interface PopularityRow {
  readonly popularity: Float32Array;
  readonly popularityAt: number;
}

interface Scale {
  readonly watches: Distribution;
  readonly votes: Distribution;
  readonly ratings: Distribution;
  /** Each verdict weighs as many watches as it rests on: most titles have hardly any. */
  readonly verdicts: Distribution;
  /** Mean verdict of all watches. */
  readonly usual: number;
}

export class TitleStandings {
  readonly #titles: TitleTable;
  readonly #store: KeyValueStore;
  readonly #timeoutMs: number;
  #scale: Scale | undefined;

  constructor({ titles, store, patience = 1 }: Pick<RecommendationDeps, 'titles' | 'store' | 'patience'>) {
    this.#titles = titles;
    this.#store = store;
    this.#timeoutMs = READ_TIMEOUT_MS * patience;
  }

  /** One read. @throws what the store throws; what was measured before stays. */
  async refresh(): Promise<void> {
    const ids = this.#titles.newest();
    const step = Math.max(1, Math.ceil(ids.length / SAMPLE));
    const sample: TitleId[] = [];
    for (let i = 0; i < ids.length; i += step) sample.push(ids[i]!);
    const blobs = await beforeDeadline(
      this.#store.getMany(sample.map((id) => titlePopularityView.key(id))),
      deadlineAfter(this.#timeoutMs),
      'the sample of titles',
    );
    const width = titlePopularityView.fields.length;
    const popularity = new Float32Array(sample.length * width);
    for (const [i, blob] of blobs.entries()) titlePopularityView.decodeInto(blob, popularity, i * width);
    const opinions = sample.map((_, i) => opinionIn({ popularity, popularityAt: i * width }));
    const facts = sample.flatMap((id) => this.#titles.get(id) ?? []);
    const usual = meanVerdict(opinions);
    const heard = opinions.filter(isHeard);
    this.#scale = {
      usual,
      watches: distribution(opinions.map(({ watches }) => watches)),
      votes: distribution(facts.flatMap(({ scoreCount }) => scoreCount ?? [])),
      ratings: distribution(facts.filter(isRated).map(ratingOf)),
      verdicts: distribution(
        heard.map((opinion) => atLeast(opinion, usual)),
        heard.map(({ watches }) => watches),
      ),
    };
  }

  /** Undefined before anything was measured. */
  of(facts: TitleFacts, row: PopularityRow): Standing | undefined {
    const scale = this.#scale;
    if (scale === undefined) return undefined;
    return new MeasuredStanding(scale, facts, row);
  }
}

/** Of a thousand titles per page most are only asked how well known they are, and are too well known to be a find. */
class MeasuredStanding implements Standing {
  readonly known: number;
  readonly #scale: Scale;
  readonly #facts: TitleFacts;
  readonly #row: PopularityRow;

  constructor(scale: Scale, facts: TitleFacts, row: PopularityRow) {
    const byWatches = shareBelow(scale.watches, watchesIn(row));
    const { scoreCount } = facts;
    this.known = Math.max(byWatches, scoreCount === undefined ? 0 : shareBelow(scale.votes, scoreCount));
    this.#scale = scale;
    this.#facts = facts;
    this.#row = row;
  }

  get liked(): number | undefined {
    return likedBy(this.#scale, this.#facts, this.#row);
  }
}

function likedBy(scale: Scale, facts: TitleFacts, row: PopularityRow): number | undefined {
  const opinion = opinionIn(row);
  const byVerdict = isHeard(opinion) ? shareBelow(scale.verdicts, atLeast(opinion, scale.usual)) : undefined;
  if (!isRated(facts)) return byVerdict;
  const byRating = shareBelow(scale.ratings, ratingOf(facts));
  return byVerdict === undefined ? byRating : (byRating + byVerdict) / 2;
}

interface Opinion {
  readonly watches: number;
  /** What the title leaves behind, per watch: finished and liked against given up and disliked, in [-1, 2]. */
  readonly verdict: number;
}

const FIELD = {
  total: titlePopularityView.index('watches_total'),
  watches: titlePopularityView.index('watches_30d'),
  completions: titlePopularityView.index('completions_30d'),
  abandonments: titlePopularityView.index('abandonments_30d'),
  likes: titlePopularityView.index('likes_30d'),
  dislikes: titlePopularityView.index('dislikes_30d'),
};

/** The decayed counts have decayed alike: their ratio needs no clock. */
function opinionIn(row: PopularityRow): Opinion {
  const good = countIn(row, FIELD.completions) + countIn(row, FIELD.likes);
  const bad = countIn(row, FIELD.abandonments) + countIn(row, FIELD.dislikes);
  const all = countIn(row, FIELD.watches) + bad;
  return { watches: watchesIn(row), verdict: all > 0 ? (good - bad) / all : 0 };
}

function watchesIn(row: PopularityRow): number {
  return countIn(row, FIELD.total);
}

function countIn({ popularity, popularityAt }: PopularityRow, field: number): number {
  return Math.max(0, popularity[popularityAt + field]!) || 0;
}

function isHeard({ watches }: Opinion): boolean {
  return watches > 0;
}

function isRated({ averageScore }: TitleFacts): boolean {
  return averageScore !== undefined;
}

/** What the verdict is worth at least: drawn towards the usual, and less sure, where few have watched. */
function atLeast({ watches, verdict }: Opinion, usual: number): number {
  const evidence = watches + PRIOR_WATCHES;
  return (verdict * watches + usual * PRIOR_WATCHES) / evidence - VERDICT_SPREAD / Math.sqrt(evidence);
}

function meanVerdict(opinions: readonly Opinion[]): number {
  let sum = 0;
  let count = 0;
  for (const { watches, verdict } of opinions) {
    sum += verdict * watches;
    count += watches;
  }
  return count === 0 ? 0 : sum / count;
}
