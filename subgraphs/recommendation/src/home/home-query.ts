/**
 * The query of the home pipeline: one per request. The first group is given by the caller, the second is
 * added by query hydrators, in the phases their files name.
 */
import type { Device, GenreId, ProfileId, TitleFilter, TitleId } from '@marquee/domain';
import type { ExplorationSettings } from '@marquee/exploration';
import type { PreparedProfile, ProfileState, TitleNeighbours } from '@marquee/features';
import type { CollaborativeTaste } from '../collaborative/collaborative-retrieval.ts';
import type { PlacedSlate } from '../slates/stored-slate.ts';
import type { ArtworkCounts } from './artwork-counts.ts';
import type { RowCounts } from './row-counts.ts';

/** Rungs of the cold-start ladder, by number of qualified watches: 0, 1 to 4, 5 and more. */
export type Rung = 'cold' | 'warming' | 'established';

/** A title that says something about what the viewer wants now. */
export interface Seed {
  readonly titleId: TitleId;
  readonly how: 'watched' | 'liked';
  readonly at: number;
}

export interface RankedEntry {
  readonly titleId: TitleId;
  readonly score: number;
}

/** Ranked lists the materialiser keeps, best first. */
export interface HomeLists {
  readonly popular: readonly RankedEntry[];
  readonly popularInSegment: readonly RankedEntry[];
  readonly trending: readonly RankedEntry[];
  readonly trendingInSegment: readonly RankedEntry[];
  /** What the viewer's segment watches most first; those that nobody has watched are not among them. */
  readonly genresNow: readonly GenreId[];
}

export interface NameBook {
  genre(id: string): string | undefined;
  person(id: string): string | undefined;
}

/** The viewer's titles as sets, for stages that ask once per candidate. */
export interface ViewerTitles {
  readonly hidden: ReadonlySet<TitleId>;
  readonly disliked: ReadonlySet<TitleId>;
  /** Watched enough not to be proposed as something new. */
  readonly watched: ReadonlySet<TitleId>;
  /** Begun, not finished, and recent enough to be continued; latest first. */
  readonly inProgress: readonly TitleId[];
}

export interface HomeQuery {
  // ---- given
  readonly profileId: ProfileId | undefined;
  /** The state, when the caller has read it already. */
  readonly knownState: ProfileState | undefined;
  readonly device: Device | undefined;
  readonly filter: TitleFilter | undefined;
  readonly excludeTitleIds: ReadonlySet<TitleId>;
  readonly now: number;
  /** Off in offline evaluation, where a random title only adds noise. */
  readonly exploration: boolean;
  /** What was placed; resolves after the run. Undefined when the run only ranks. For side effects alone. */
  readonly slate: Promise<PlacedSlate | undefined>;

  // ---- phase 1
  readonly state: ProfileState;
  readonly rung: Rung;
  readonly titlesOfViewer: ViewerTitles;

  // ---- phase 2
  readonly assignments: Readonly<Record<string, string>>;
  /** Weight of relevance against diversity in MMR, in [0, 1]. */
  readonly mmrLambda: number;
  /** How exploration slots are given away. */
  readonly explorationSettings: ExplorationSettings;
  readonly prepared: PreparedProfile;
  /** Newest first. */
  readonly seeds: readonly Seed[];
  /** Neighbours of the seeds, in the order of `seeds`. */
  readonly neighboursOfSeeds: readonly (TitleNeighbours | undefined)[];
  /** `RetrievalSignals.coWatch` by title. */
  readonly coWatch: ReadonlyMap<TitleId, number>;
  /** The viewer as the collaborative model sees them; undefined without a model, or a watch that it knows. */
  readonly collaborativeTaste: CollaborativeTaste | undefined;
  /** Unit length; undefined where nothing is known. */
  readonly tasteVector: Float32Array | undefined;
  /** Content vectors of the seeds, in the order of `seeds`. */
  readonly seedVectors: readonly (Float32Array | undefined)[];
  /** False once the index has failed this request: nobody waits for it a second time. */
  readonly vectorsAtHand: boolean;
  readonly lists: HomeLists;
  /** How rows have done at the places that are learned; undefined where that cannot be read: rows stand by rules. */
  readonly rowCounts: RowCounts | undefined;
  /** What pictures are chosen by; undefined where that cannot be read: titles have their own. */
  readonly artworkCounts: ArtworkCounts | undefined;
  readonly names: NameBook;
}
