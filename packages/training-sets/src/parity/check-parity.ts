/**
 * Train equals serve: logged rows are made again by a replay of the log, and compared column by column.
 *
 * A page reads its features before it is logged, from views that follow the log a moment behind it. So a row that is not the one of just
 * before its slate is looked for among those of the moments before, as far as `lagMs`: one of them to the bit, in all columns at
 * once, and the row was served with values that were that old. Whatever else differs is skew.
 */
import type { DeliveredEvent } from '@marquee/domain';
import { createPlaces } from '@marquee/event-lake';
import {
  type PopularityLookup,
  type ProfileState,
  profileStateView,
  RANKING_COLUMNS,
} from '@marquee/features';
import { MarqueeError } from '@marquee/service-kit';
import { deviceOf } from '../features/logged-features.ts';
import { type ReplayFeaturesOptions, replayFeatures } from '../features/replay-features.ts';
import type { MakeRow, RowMaker } from '../features/row-maker.ts';
import { SAMPLED, type SampledRow, type SampleOptions, sampleLoggedRows } from './sample-logged-rows.ts';

export interface ParityOptions
  extends SampleOptions,
    Pick<ReplayFeaturesOptions, 'reader' | 'titles' | 'makeStore' | 'onProgress' | 'signal'> {
  /** With the neighbours and the collaborative model that were served with. */
  readonly rowMaker: RowMaker;
  /** How old served values may be. Default 10 s. */
  readonly lagMs?: number;
}

export interface ColumnSkew {
  readonly name: string;
  readonly rows: number;
  readonly largest: number;
  readonly example: {
    readonly slateId: string;
    readonly titleId: string;
    readonly logged: number;
    readonly replayed: number;
  };
}

export interface ParityReport {
  readonly compared: number;
  /** The same to the bit as just before the slate was logged. */
  readonly equal: number;
  /** The same to the bit as at an earlier moment within `lagMs`. */
  readonly lagged: number;
  /** Differ by no more than sums of float32 in another order do. */
  readonly rounded: number;
  readonly skewed: number;
  readonly notCompared: Readonly<Record<string, number>>;
  /** Columns that differ without an explanation, most rows first. */
  readonly skew: readonly ColumnSkew[];
}

const LAG_MS = 10_000;
/** Earlier values kept per row at most, the latest. */
const MAX_EARLIER = 24;
/** Served counts of several partitions are sums of float32. */
const ROUNDING = 1e-5;

interface Watched extends SampledRow {
  /** As encoded by the view, oldest first: what the online store held. */
  readonly states: Uint8Array[];
  readonly popularities: (Float32Array | undefined)[];
}

/** @throws MarqueeError NOT_FOUND when there is no logged row to compare */
export async function checkParity(options: ParityOptions): Promise<ParityReport> {
  const { reader, lagMs = LAG_MS, rowMaker } = options;
  await createPlaces(reader);
  const { rows, notCompared } = await sampleLoggedRows(reader, options);
  if (rows.length === 0) {
    const reasons = Object.entries(notCompared).map(([reason, count]) => `${reason} ${count}`);
    throw new MarqueeError('NOT_FOUND', `no logged features to compare; not compared: ${reasons.join(', ')}`);
  }
  const watched = rows.map((row): Watched => ({ ...row, states: [], popularities: [] }));
  const bySlate = Map.groupBy(watched, ({ slatePlace }) => slatePlace);
  const byProfile = Map.groupBy(watched, ({ profileId }) => profileId);
  const byTitle = Map.groupBy(watched, ({ titleId }) => titleId);
  const tally = new SkewTally(notCompared);

  function at(state: ProfileState, { sequence, event }: DeliveredEvent, popularity: PopularityLookup): void {
    // The rows of a slate are of one viewer at one instant: digested once.
    let makeRow: MakeRow | undefined;
    for (const row of bySlate.get(sequence) ?? []) {
      makeRow ??= rowMaker(state, contextOf(row));
      tally.add(row, compare(row, makeRow, popularity));
    }
    if (event.type === 'SLATE_SERVED') return;
    const isNear = ({ servedAt, slatePlace }: Watched): boolean =>
      sequence < slatePlace && event.receivedAt >= servedAt - lagMs;
    const own = (byProfile.get(event.profileId) ?? []).filter(isNear);
    if (own.length > 0) {
      const encoded = profileStateView.encode(state);
      for (const { states } of own) keep(states, encoded);
    }
    if (!('titleId' in event.payload)) return;
    const { titleId } = event.payload;
    for (const { popularities } of (byTitle.get(titleId) ?? []).filter(isNear)) {
      keep(popularities, popularity(titleId)?.slice());
    }
  }

  /** The replayed row that is nearest to the logged one, and how old it is: 0 for as of the slate. */
  function compare(row: Watched, asOfSlate: MakeRow, popularity: PopularityLookup): Comparison {
    const popularities = [popularity(row.titleId), ...row.popularities.toReversed()];
    const earlier = row.states.toReversed();
    let best: Comparison | undefined;
    for (let s = 0; s <= earlier.length; s++) {
      const makeRow =
        s === 0 ? asOfSlate : rowMaker(profileStateView.decode(earlier[s - 1])!, contextOf(row));
      for (const [p, counts] of popularities.entries()) {
        const replayed = makeRow(row.titleId, counts);
        const differing =
          replayed === undefined ? [...RANKING_COLUMNS.keys()] : differences(row.logged, replayed);
        if (best === undefined || differing.length < best.differing.length)
          best = { replayed, differing, age: s + p };
        if (differing.length === 0) return best;
      }
    }
    return best!;
  }

  await replayFeatures({ ...options, slateMarks: SAMPLED, at });
  return tally.report(watched.length);
}

function contextOf({ servedAt, logged }: SampledRow): Parameters<RowMaker>[1] {
  return { now: servedAt, device: deviceOf(logged) };
}

interface Comparison {
  /** Undefined for a title that is gone. */
  readonly replayed: Float32Array | undefined;
  /** Places of columns. */
  readonly differing: readonly number[];
  readonly age: number;
}

class SkewTally {
  #equal = 0;
  #lagged = 0;
  #rounded = 0;
  #skewed = 0;
  #gone = 0;
  readonly #columns = new Map<number, ColumnSkew>();
  readonly #notCompared: Readonly<Record<string, number>>;

  constructor(notCompared: Readonly<Record<string, number>>) {
    this.#notCompared = notCompared;
  }

  add({ slateId, titleId, logged }: SampledRow, { replayed, differing, age }: Comparison): void {
    if (replayed === undefined) {
      this.#gone++;
    } else if (differing.length === 0) {
      if (age === 0) this.#equal++;
      else this.#lagged++;
    } else if (differing.every((c) => isRounding(logged[c]!, replayed[c]!))) {
      this.#rounded++;
    } else {
      this.#skewed++;
      for (const c of differing) {
        const size = Math.abs(logged[c]! - replayed[c]!);
        const known = this.#columns.get(c);
        const larger = known === undefined || size > known.largest;
        this.#columns.set(c, {
          name: RANKING_COLUMNS[c]!,
          rows: (known?.rows ?? 0) + 1,
          largest: larger ? size : known.largest,
          example: larger ? { slateId, titleId, logged: logged[c]!, replayed: replayed[c]! } : known.example,
        });
      }
    }
  }

  report(sampled: number): ParityReport {
    const compared = this.#equal + this.#lagged + this.#rounded + this.#skewed;
    return {
      compared,
      equal: this.#equal,
      lagged: this.#lagged,
      rounded: this.#rounded,
      skewed: this.#skewed,
      notCompared: {
        ...this.#notCompared,
        'unknown-title': this.#gone,
        erased: sampled - compared - this.#gone,
      },
      skew: [...this.#columns.values()].sort((a, b) => b.rows - a.rows || (a.name < b.name ? -1 : 1)),
    };
  }
}

function differences(logged: Float32Array, replayed: Float32Array): number[] {
  const differing: number[] = [];
  for (let c = 0; c < logged.length; c++) if (logged[c] !== replayed[c]) differing.push(c);
  return differing;
}

function isRounding(a: number, b: number): boolean {
  return Math.abs(a - b) <= ROUNDING * Math.max(1, Math.abs(a), Math.abs(b));
}

function keep<T>(list: T[], value: T): void {
  list.push(value);
  if (list.length > MAX_EARLIER) list.shift();
}
