/** The seeds and their co-watch neighbours: one read for all of them. */
import type { KeyValueStore } from '@marquee/feature-store';
import { coWatchScores, coWatchSeeds, type TitleTable, titleNeighboursView } from '@marquee/features';
import type { QueryHydrator } from '@marquee/pipeline';
import type { HomeQuery } from '../home/home-query.ts';
import { seedsOf } from '../home/seeds.ts';

export function coWatchHydrator(
  titles: TitleTable,
  store: KeyValueStore,
): QueryHydrator<HomeQuery, 'seeds' | 'neighboursOfSeeds' | 'coWatch'> {
  return {
    kind: 'query-hydrator',
    name: 'co-watch',
    phase: 2,
    requires: ['state'],
    produces: ['seeds', 'neighboursOfSeeds', 'coWatch'],
    onFailure: 'default',
    timeoutMs: 60,
    async hydrate({ state }) {
      const seeds = seedsOf(state, titles);
      if (seeds.length === 0) return { seeds, neighboursOfSeeds: [], coWatch: new Map() };
      const blobs = await store.getMany(seeds.map(({ titleId }) => titleNeighboursView.key(titleId)));
      const neighboursOfSeeds = blobs.map((blob) => titleNeighboursView.decode(blob));
      const bySeed = new Map(seeds.map(({ titleId }, i) => [titleId, neighboursOfSeeds[i]]));
      // The ranker's signal is defined over watched seeds alone, as in training.
      return {
        seeds,
        neighboursOfSeeds,
        coWatch: coWatchScores(coWatchSeeds(state), (id) => bySeed.get(id)),
      };
    },
    defaults({ state }) {
      return { seeds: seedsOf(state, titles), neighboursOfSeeds: [], coWatch: new Map() };
    },
  };
}
