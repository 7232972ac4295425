/**
 * What the copy that leads does: keeps content vectors, and those of the two towers, in step with the catalogue. Both follow the log by
 * consumers of their own, so what one of them cannot do now does not hold the other up.
 */
import { createVectorFollower, type VectorFollower, type VectorFollowerDeps } from '@marquee/features';
import { type Component, READY, type Readiness } from '@marquee/service-kit';
import { createTowerIndexer, type TowerIndexerDeps } from './tower-indexer.ts';

export interface CatalogueIndexerDeps extends VectorFollowerDeps {
  readonly towers: TowerIndexerDeps;
}

/** May be started again after it was stopped: whoever is elected a second time begins anew. */
export function createCatalogueIndexer({ towers, ...deps }: CatalogueIndexerDeps): Component {
  let follower: VectorFollower | undefined;
  let towerIndexer: Component | undefined;
  return {
    name: 'catalogue-indexer',
    async start() {
      follower = createVectorFollower({ ...deps, sharedIndex: true });
      await follower.start();
      towerIndexer = createTowerIndexer(towers);
      await towerIndexer.start();
    },
    async stop() {
      await towerIndexer?.stop();
      await follower?.stop();
      towerIndexer = undefined;
      follower = undefined;
    },
    readiness(): Readiness {
      if (follower === undefined) return { ready: false, detail: 'not started' };
      const parts = [follower, towerIndexer].filter((part) => part !== undefined);
      const told = parts.map((part) => ({ name: part.name, ...part.readiness() }));
      const details = told.flatMap(({ name, detail }) =>
        detail === undefined ? [] : [`${name}: ${detail}`],
      );
      if (details.length === 0) return READY;
      return { ready: told.every(({ ready }) => ready), detail: details.join('; ') };
    },
  };
}
