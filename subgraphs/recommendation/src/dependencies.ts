/** What the recommendation subgraph needs, named once. Whoever composes a process passes adapters in. */
import type { Clock, GenreId, PersonId, TitleId } from '@marquee/domain';
import type { EventBus, Freshness } from '@marquee/event-bus';
import type { ExperimentsSource } from '@marquee/experimentation';
import type { ExplorationSettings } from '@marquee/exploration';
import type { KeyValueStore } from '@marquee/feature-store';
import type { TitleTable } from '@marquee/features';
import type { ModelRuntime } from '@marquee/model-runtime';
import type { Logger, Metrics } from '@marquee/service-kit';
import type { VectorIndex } from '@marquee/vector-index';
import type { CollaborativeRetrieval } from './collaborative/collaborative-retrieval.ts';
import type { TrialModels } from './trials/trial-models.ts';
import type { TowerRetrieval } from './two-tower/tower-retrieval.ts';

export type { ExperimentsSource };

/** Names that headlines and reasons are made of. Answers keep the order of the ids. */
export interface Names {
  personNames(ids: readonly PersonId[]): Promise<readonly (string | undefined)[]>;
  genreNames(ids: readonly GenreId[]): Promise<readonly (string | undefined)[]>;
}

export interface RecommendationDeps {
  /** In-process read model of the catalogue; somebody else keeps it in step. */
  readonly titles: TitleTable;
  /** Feature values (read) and slates (read and written, TTL one hour). */
  readonly store: KeyValueStore;
  readonly vectorIndex: VectorIndex;
  readonly modelRuntime: ModelRuntime;
  /** Models that are tried out beside it; started before the subgraph, by whoever composes the process. Absent: none ever are. */
  readonly trials?: TrialModels;
  /** Of the pages, those that a model in shadow looks at, from 0 to 1. Default 0.2. */
  readonly shadowShare?: number;
  /** Started, and told which model to load, by whoever composes the process. */
  readonly collaborative: CollaborativeRetrieval;
  /** The same. Absent: nothing is found by it. */
  readonly towers?: TowerRetrieval;
  readonly bus: EventBus;
  readonly freshness: Freshness;
  readonly experiments: ExperimentsSource;
  readonly names: Names;
  readonly clock: Clock;
  /** How exploration slots are given away where no experiment says otherwise. Default: `DEFAULT_EXPLORATION`. */
  readonly exploration?: ExplorationSettings;
  /** Signs tracking tokens and cursors; at least 16 bytes. Every process of one installation has the same. */
  readonly tokenSecret: Uint8Array | string;
  /** Titles for the editorial row and the last step of the ladder; absent: the best rated ones. */
  readonly editorialTitleIds?: readonly TitleId[];
  readonly logger: Logger;
  /** Counts home pages by the step of the ladder that served. Absent: nobody counts. */
  readonly metrics?: Metrics;
  /**
   * Multiplies every time limit of an answer; more than 1 where the machine is busy with other things than
   * answering, as under a test suite or a debugger. Default 1.
   */
  readonly patience?: number;
  /** Candidates that the pre-ranker leaves to the full ranker; 0: all of them. Default 0. */
  readonly preRankTo?: number;
  /** Names of candidate sources that are left out, to see what they are worth. Default: none. */
  readonly withoutSources?: ReadonlySet<string>;
  /** Where seeds and slate ids come from; a test passes its own. Default: the system's random source. */
  readonly entropy?: SlateEntropy;
}

export interface SlateEntropy {
  /** A 32-bit integer, recorded with the slate it seeds. Home pages have theirs from `pageSeed`. */
  seed(): number;
  /** An id nobody can guess, URL-safe, 16 characters. */
  slateId(): string;
}
