/** What serving knows beside the log: titles, their vectors, and the learned signals that features are made of. Read anew for every report. */
import type { Catalogue } from '@marquee/catalogue';
import type { TitleId } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import {
  createTitleTable,
  embedTitle,
  type TitleNeighbours,
  type TitleTable,
  titleNeighboursView,
} from '@marquee/features';
import { createCollaborativeModel, readCollaborativeFolder } from '@marquee/training/collaborative';
import { createRowMaker, type RowMaker } from '@marquee/training-sets';

export interface MonitoredWorld {
  readonly titles: TitleTable;
  readonly vectorOf: (id: TitleId) => Float32Array | undefined;
  readonly rowMaker: RowMaker;
  /** Since when `rowMaker` is what serving uses, as far as that is known; epoch milliseconds. */
  readonly servedSince: number;
}

export interface CollaborativeInForce {
  readonly folder: string;
  /** Since when it serves, epoch milliseconds; undefined: as long as it exists. */
  readonly since: number | undefined;
}

export interface MonitoredWorldDeps {
  readonly catalogue: Pick<Catalogue, 'scan'>;
  readonly store: Pick<KeyValueStore, 'getMany'>;
  /** The collaborative model that serves; undefined where there is none. */
  collaborativeInForce(): Promise<CollaborativeInForce | undefined>;
}

const BATCH = 500;

/** @throws what the catalogue and the store throw, and MarqueeError MODEL_INCOMPATIBLE */
export async function readMonitoredWorld(deps: MonitoredWorldDeps): Promise<MonitoredWorld> {
  const titles = createTitleTable();
  const vectors = new Map<TitleId, Float32Array>();
  const neighbours = new Map<TitleId, TitleNeighbours>();
  for await (const batch of deps.catalogue.scan({ batchSize: BATCH })) {
    titles.put(batch);
    for (const title of batch) vectors.set(title.id, embedTitle(title));
    const blobs = await deps.store.getMany(batch.map(({ id }) => titleNeighboursView.key(id)));
    for (const [i, { id }] of batch.entries()) {
      const found = titleNeighboursView.decode(blobs[i]);
      if (found !== undefined) neighbours.set(id, found);
    }
  }
  const inForce = await deps.collaborativeInForce();
  const model = inForce && (await readCollaborativeFolder(inForce.folder));
  const vectorOf = (id: TitleId): Float32Array | undefined => vectors.get(id);
  return {
    titles,
    vectorOf,
    rowMaker: createRowMaker({
      titles,
      vectorOf,
      signals: {
        neighboursOf: (id) => neighbours.get(id),
        collaborative: model === undefined ? undefined : createCollaborativeModel(model.factors),
      },
    }),
    servedSince:
      model === undefined ? 0 : Math.max(Date.parse(model.manifest.createdAt), inForce?.since ?? 0),
  };
}
