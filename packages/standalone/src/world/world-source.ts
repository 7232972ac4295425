/** Where a world's titles and history come from. Every source ends in the same event path. */
import type { CatalogueBatch } from '@marquee/catalogue';
import type { MarqueeEvent, ProfileId, TitleId } from '@marquee/domain';

export interface Persona {
  readonly id: string;
  readonly name: string;
  readonly tastes: readonly string[];
}

/** What only a simulator knows. Nothing that serves or learns may see it. */
export interface GroundTruth {
  /** Expected watched seconds if the profile examines the title on a television on the evening of `at`. */
  expectedWatchSeconds(profileId: ProfileId, titleId: TitleId, at: number): number;
  /** The best `k` titles but for `exclude`, best first. */
  oracle(profileId: ProfileId, at: number, k: number, exclude: ReadonlySet<TitleId>): readonly TitleId[];
}

export interface WorldContents {
  readonly catalogue: Required<CatalogueBatch>;
  /** Batches in global time order; to be read once. */
  readonly events: AsyncIterable<readonly MarqueeEvent[]> | Iterable<readonly MarqueeEvent[]>;
  /** About how many events will come, for the progress bar. */
  readonly expectedEvents: number;
  /** Profiles to demonstrate with; for sources without, the most distinctive ones are picked. */
  readonly personas: readonly Persona[];
  /** Simulated worlds only. */
  readonly groundTruth?: GroundTruth;
  /** Rows of the input that could not be used. */
  rejected(): number;
}

export interface WorldSource {
  /** Folder name in the data directory. */
  readonly name: string;
  /** For people. */
  readonly description: string;
  load(options: { now: number; rejectsFile: string }): Promise<WorldContents>;
}

const TITLES_PER_BATCH = 500;

/** Genres and people first, then titles in batches. */
export async function* catalogueBatches(catalogue: Required<CatalogueBatch>): AsyncIterable<CatalogueBatch> {
  yield { genres: catalogue.genres, people: catalogue.people };
  for (let i = 0; i < catalogue.titles.length; i += TITLES_PER_BATCH) {
    yield { titles: catalogue.titles.slice(i, i + TITLES_PER_BATCH) };
  }
}
