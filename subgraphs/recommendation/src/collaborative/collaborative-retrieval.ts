/**
 * The collaborative model in force, and the index that is searched for it. A title's vector means something only beside the
 * Gramian it was trained with, so each version brings an index of its own: the next one is filled beside the one that serves,
 * takes over in one step, and requests that have begun on the old one end on it. A folded profile holds on to its version.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ModelVersion, maturityLevel, type TitleId } from '@marquee/domain';
import type { TitleTable } from '@marquee/features';
import { type Component, type Deadline, type Logger, READY } from '@marquee/service-kit';
import {
  type CollaborativeModel,
  type FoldedProfile,
  openCollaborativeModel,
  readCollaborativeFolder,
} from '@marquee/training/collaborative';
import type { Neighbour, VectorFilter, VectorIndex, VectorPoint } from '@marquee/vector-index';
import { createServedVersions } from '../served-versions.ts';

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
  readonly titles: Pick<TitleTable, 'get' | 'idOf'>;
  /** An empty index of vectors of this length; started and stopped here. */
  makeIndex(dimensions: number): VectorIndex;
  /** How long a version still answers that is not kept any more: longer than any request lives. Default 15 s. */
  readonly retireAfterMs?: number;
  readonly logger: Logger;
}

interface Generation {
  readonly version: ModelVersion;
  readonly model: CollaborativeModel;
  readonly index: VectorIndex;
}

const POINTS_PER_WRITE = 1_000;
const IDS_PER_TURN = 1_024;

export function createCollaborativeRetrieval(options: CollaborativeRetrievalOptions): CollaborativeRetrieval {
  const { titles, logger, retireAfterMs } = options;
  const name = 'collaborative-retrieval';
  const versions = createServedVersions<Generation>({
    name,
    async read(folder) {
      const { manifest, factors } = await readCollaborativeFolder(folder);
      const titleIds = await idsOf(titles, factors.titleIds);
      const model = await openCollaborativeModel({ ...factors, titleIds });
      const version = { name: manifest.name, version: manifest.version };
      return { version, model, index: options.makeIndex(model.dimensions) };
    },
    async open({ index, model }) {
      await index.start();
      await fill(index, model, titles);
    },
    close: ({ index }) => index.stop(),
    ...(retireAfterMs !== undefined && { retireAfterMs }),
  });

  return {
    name,
    get current() {
      return versions.serving?.version;
    },
    fold(history) {
      const now = versions.serving;
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
    async load(folder) {
      const { version, index } = await versions.load(folder);
      logger.info({ model: version, titles: await index.count() }, 'a collaborative model was loaded');
      return version;
    },
    // Nothing runs before a version is loaded.
    start: async () => undefined,
    stop: () => versions.stop(),
    readiness: () => versions.serving?.index.readiness() ?? READY,
  };
}

/** The ids as the title table holds them, so that both find a title by the same string. */
async function idsOf(
  titles: Pick<TitleTable, 'idOf'>,
  titleIds: readonly TitleId[],
): Promise<readonly TitleId[]> {
  const ids: TitleId[] = [];
  for (const id of titleIds) {
    ids.push(titles.idOf(id));
    if (ids.length % IDS_PER_TURN === 0) await nextTurn();
  }
  return ids;
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
