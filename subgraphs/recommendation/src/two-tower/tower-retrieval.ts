/**
 * The two towers in force. A user's vector means something only beside the title vectors of the same version, so each version brings a
 * collection of its own: the next one is filled, or found filled, beside the one that serves, and takes over together with its user tower
 * in one step.
 */
import type { ModelVersion, TitleId } from '@marquee/domain';
import type { TitleTable } from '@marquee/features';
import type { VectorRuntime } from '@marquee/model-runtime';
import { type Component, type Deadline, type Logger, READY } from '@marquee/service-kit';
import { contentOf, readTowers, type Towers } from '@marquee/training/two-tower';
import type { Neighbour, VectorFilter, VectorIndex } from '@marquee/vector-index';
import { createServedVersions } from '../served-versions.ts';

export interface TowerRetrieval extends Component {
  /** The version that answers now; undefined until one is loaded. */
  readonly current: ModelVersion | undefined;
  /**
   * The titles with the highest products that pass the filter, best first; none without a model, or where nothing is known of the history.
   * @param query.history as `towerHistory` gives it
   * @throws MarqueeError DEADLINE_EXCEEDED, OVERLOADED, DEPENDENCY_UNAVAILABLE
   */
  search(query: {
    readonly history: readonly TitleId[];
    readonly k: number;
    readonly filter: VectorFilter;
    readonly deadline: Deadline;
  }): Promise<readonly Neighbour[]>;
  /**
   * Loads a version and its collection, then swaps. A version that is refused changes nothing.
   * @param folder of the user tower
   * @throws MarqueeError MODEL_INCOMPATIBLE saying what is wrong with it; DEPENDENCY_UNAVAILABLE while its collection cannot be had
   */
  load(folder: string): Promise<ModelVersion>;
}

/** The title vectors of one version: all of the catalogue's once it is started. */
export interface TowerCollection {
  readonly index: VectorIndex;
  /** @throws MarqueeError DEPENDENCY_UNAVAILABLE for one that is not filled */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface TowerRetrievalOptions {
  /** Facts of the titles of a history. */
  readonly titles: Pick<TitleTable, 'get'>;
  /** One that nobody has started, for these columns. */
  makeRuntime(columns: readonly string[]): VectorRuntime;
  openCollection(towers: Towers): TowerCollection;
  /** How long a version still answers that is not kept any more: longer than any request lives. Default 15 s. */
  readonly retireAfterMs?: number;
  readonly logger: Logger;
}

interface Generation {
  readonly version: ModelVersion;
  readonly towers: Towers;
  readonly user: VectorRuntime;
  readonly collection: TowerCollection;
}

export function createTowerRetrieval(options: TowerRetrievalOptions): TowerRetrieval {
  const { titles, logger, retireAfterMs } = options;
  const name = 'two-tower-retrieval';
  const describe = (id: TitleId): readonly string[] | undefined => {
    const facts = titles.get(id);
    return facts && contentOf(facts);
  };
  const versions = createServedVersions<Generation>({
    name,
    async read(folder) {
      const towers = await readTowers(folder);
      return {
        version: { name: 'two-tower', version: towers.version },
        towers,
        user: options.makeRuntime(towers.user.columns),
        collection: options.openCollection(towers),
      };
    },
    async open({ user, towers, collection }) {
      await user.start();
      await user.load(towers.user.folder);
      await collection.start();
    },
    async close({ user, collection }) {
      await Promise.all([user.stop(), collection.stop()]);
    },
    ...(retireAfterMs !== undefined && { retireAfterMs }),
  });

  return {
    name,
    get current() {
      return versions.serving?.version;
    },
    async search({ history, k, filter, deadline }) {
      // Both halves of one version, whatever is loaded meanwhile.
      const now = versions.serving;
      const matrix = now?.towers.userRow(history, describe);
      if (now === undefined || matrix === undefined) return [];
      const vector = await now.user.embed({ matrix, rows: 1, columns: matrix.length, deadline });
      const [found = []] = await now.collection.index.search([{ vector, k, filter, deadline }]);
      return found;
    },
    async load(folder) {
      const { version, collection } = await versions.load(folder);
      logger.info({ model: version, titles: await collection.index.count() }, 'two towers were loaded');
      return version;
    },
    // Nothing runs before a version is loaded.
    start: async () => undefined,
    stop: () => versions.stop(),
    readiness: () => versions.serving?.collection.index.readiness() ?? READY,
  };
}
