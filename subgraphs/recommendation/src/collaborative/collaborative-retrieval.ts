/**
 * The collaborative model in force, and the index that is searched for it. A title's vector means something only beside the
 * Gramian it was trained with, so each version brings an index of its own: the next one is filled beside the one that serves,
 * takes over in one step, and requests that have begun on the old one end on it.
 */
import { type ModelVersion, maturityLevel, type TitleId } from '@marquee/domain';
import type { TitleTable } from '@marquee/features';
import { type Component, type Deadline, type Logger, MarqueeError, READY } from '@marquee/service-kit';
import {
  type CollaborativeModel,
  createCollaborativeModel,
  type FoldedProfile,
  readCollaborativeFolder,
} from '@marquee/training/collaborative';
import type { Neighbour, VectorFilter, VectorIndex, VectorPoint } from '@marquee/vector-index';
import { type Retirement, retireAfter } from '../retirement.ts';

/** A profile as one version of the model sees it. */
export interface CollaborativeTaste extends FoldedProfile {
  /**
   * The titles with the highest scores that pass the filter, best first.
   * @throws MarqueeError DEADLINE_EXCEEDED, OVERLOADED, DEPENDENCY_UNAVAILABLE
   */
  search(query: {
    readonly k: number;
    readonly filter: VectorFilter;
    readonly deadline: Deadline;
  }): Promise<readonly Neighbour[]>;
}

export interface CollaborativeRetrieval extends Component {
  /** The version that answers now; undefined until one is loaded. */
  readonly current: ModelVersion | undefined;
  /**
   * @param history distinct titles, as `collaborativeHistory` gives them
   * @returns undefined without a model, or where it knows none of the titles
   */
  fold(history: readonly TitleId[]): CollaborativeTaste | undefined;
  /**
   * Loads a version, fills its index, then swaps. A version that is refused changes nothing.
   * @throws MarqueeError MODEL_INCOMPATIBLE saying what is wrong with it
   */
  load(folder: string): Promise<ModelVersion>;
}

export interface CollaborativeRetrievalOptions {
  /** What the index can be filtered by is taken from here when a version is loaded. */
  readonly titles: Pick<TitleTable, 'get'>;
  /** An empty index of vectors of this length; started and stopped here. */
  makeIndex(dimensions: number): VectorIndex;
  /** How long a version that was replaced still answers: longer than any request lives. Default 15 s. */
  readonly retireAfterMs?: number;
  readonly logger: Logger;
}

interface Generation {
  readonly version: ModelVersion;
  readonly model: CollaborativeModel;
  readonly index: VectorIndex;
}

const RETIRE_AFTER_MS = 15_000;
const POINTS_PER_WRITE = 1_000;

export function createCollaborativeRetrieval(options: CollaborativeRetrievalOptions): CollaborativeRetrieval {
  const { titles, logger, retireAfterMs = RETIRE_AFTER_MS } = options;
  let serving: Generation | undefined;
  let retiring: Retirement | undefined;
  let loads: Promise<unknown> = Promise.resolve();
  let stopped = false;

  async function load(folder: string): Promise<ModelVersion> {
    if (stopped) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'collaborative retrieval has stopped');
    const { manifest, factors } = await readCollaborativeFolder(folder);
    // Two versions in memory at most.
    await retiring?.done;
    const model = createCollaborativeModel(factors);
    const index = options.makeIndex(model.dimensions);
    await index.start();
    try {
      await fill(index, model, titles);
    } catch (error) {
      await index.stop();
      throw error;
    }
    if (stopped) {
      await index.stop();
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'collaborative retrieval has stopped');
    }
    const previous = serving;
    const version: ModelVersion = { name: manifest.name, version: manifest.version };
    serving = { version, model, index };
    if (previous !== undefined) retiring = retireAfter(retireAfterMs, () => previous.index.stop());
    logger.info({ model: version, titles: await index.count() }, 'a collaborative model was loaded');
    return version;
  }

  return {
    name: 'collaborative-retrieval',
    get current() {
      return serving?.version;
    },
    fold(history) {
      const now = serving;
      const folded = now?.model.fold(history);
      if (now === undefined || folded === undefined) return undefined;
      const { index } = now;
      return {
        ...folded,
        async search({ k, filter, deadline }) {
          const [found = []] = await index.search([{ vector: folded.vector, k, filter, deadline }]);
          return found;
        },
      };
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
      await serving?.index.stop();
      serving = undefined;
    },
    readiness: () => serving?.index.readiness() ?? READY,
  };
}

/** Titles that left the catalogue since the training are left out; those that came later have no vector. */
async function fill(
  index: VectorIndex,
  model: CollaborativeModel,
  titles: Pick<TitleTable, 'get'>,
): Promise<void> {
  let points: VectorPoint[] = [];
  for (const id of model.titleIds) {
    const title = titles.get(id);
    if (title === undefined) continue;
    points.push({
      id,
      vector: model.vectorOf(id)!,
      payload: {
        genreIds: title.genreIds,
        kind: title.kind,
        ...(title.releaseYear !== undefined && { releaseYear: title.releaseYear }),
        ...(title.runtimeMinutes !== undefined && { runtimeMinutes: title.runtimeMinutes }),
        maturityLevel: maturityLevel(title.maturityRating),
        availability: title.availability,
      },
    });
    if (points.length === POINTS_PER_WRITE) {
      await index.upsert(points);
      points = [];
    }
  }
  if (points.length > 0) await index.upsert(points);
}
