/**
 * The two towers in force. A user's vector means something only beside the title vectors of the same version, so each version brings a
 * collection of its own: the next one is filled, or found filled, beside the one that serves, and takes over together with its user tower
 * in one step. The version before stays with its collection, so that going back to it is that one step again; one that is replaced a second
 * time still answers what has begun on it.
 */
import type { ModelVersion, TitleId } from '@marquee/domain';
import type { TitleTable } from '@marquee/features';
import type { VectorRuntime } from '@marquee/model-runtime';
import { type Component, type Deadline, type Logger, MarqueeError, READY } from '@marquee/service-kit';
import { contentOf, readTowers, type Towers } from '@marquee/training/two-tower';
import type { Neighbour, VectorFilter, VectorIndex } from '@marquee/vector-index';
import { type Retirement, retireAfter } from '../retirement.ts';

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
  readonly folder: string;
  readonly version: ModelVersion;
  readonly towers: Towers;
  readonly user: VectorRuntime;
  readonly collection: TowerCollection;
}

const RETIRE_AFTER_MS = 15_000;

export function createTowerRetrieval(options: TowerRetrievalOptions): TowerRetrieval {
  const { titles, logger, retireAfterMs = RETIRE_AFTER_MS } = options;
  let serving: Generation | undefined;
  let former: Generation | undefined;
  let retiring: Retirement | undefined;
  let loads: Promise<unknown> = Promise.resolve();
  let stopped = false;
  const describe = (id: TitleId): readonly string[] | undefined => {
    const facts = titles.get(id);
    return facts && contentOf(facts);
  };

  async function load(folder: string): Promise<ModelVersion> {
    requireRunning();
    if (serving?.folder === folder) return serving.version;
    const next = former?.folder === folder ? former : await open(folder);
    if (stopped) {
      await close(next);
      requireRunning();
    }
    const replaced = next === former ? undefined : former;
    former = serving;
    serving = next;
    if (replaced !== undefined) retiring = retireAfter(retireAfterMs, () => close(replaced));
    const { version } = next;
    logger.info({ model: version, titles: await next.collection.index.count() }, 'two towers were loaded');
    return version;
  }

  async function open(folder: string): Promise<Generation> {
    const towers = await readTowers(folder);
    // Three versions in memory at most.
    await retiring?.done;
    const user = options.makeRuntime(towers.user.columns);
    const collection = options.openCollection(towers);
    const version = { name: 'two-tower', version: towers.version };
    const generation = { folder, version, towers, user, collection };
    try {
      await user.start();
      await user.load(towers.user.folder);
      await collection.start();
    } catch (error) {
      await close(generation);
      throw error;
    }
    return generation;
  }

  async function close({ user, collection }: Generation): Promise<void> {
    await Promise.all([user.stop(), collection.stop()]);
  }

  function requireRunning(): void {
    if (stopped) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'two-tower retrieval has stopped');
  }

  return {
    name: 'two-tower-retrieval',
    get current() {
      return serving?.version;
    },
    async search({ history, k, filter, deadline }) {
      // Both halves of one version, whatever is loaded meanwhile.
      const now = serving;
      const matrix = now?.towers.userRow(history, describe);
      if (now === undefined || matrix === undefined) return [];
      const vector = await now.user.embed({ matrix, rows: 1, columns: matrix.length, deadline });
      const [found = []] = await now.collection.index.search([{ vector, k, filter, deadline }]);
      return found;
    },
    load(folder) {
      const loaded = loads.then(() => load(folder));
      loads = loaded.catch(() => undefined);
      return loaded;
    },
    // Nothing runs before a version is loaded.
    start: async () => undefined,
    async stop() {
      stopped = true;
      retiring?.hurry();
      await loads;
      await retiring?.done;
      await Promise.all([serving, former].map((generation) => generation && close(generation)));
      serving = undefined;
      former = undefined;
    },
    readiness: () => serving?.collection.index.readiness() ?? READY,
  };
}
