/** Two towers: title vectors of all titles by the one, a history's by the other, and the highest products. */
import { setImmediate } from 'node:timers/promises';
import type { VectorRuntime } from '@marquee/model-runtime';
import { readTowers, titleVectorsBy } from '@marquee/training/two-tower';
import { createRanking, dotAt, type RetrievalExaminer } from './examine-retrieval.ts';

const RECALL_AT = [100, 1_000] as const;
const PROFILES_PER_RUN = 16;

/** @param makeRuntime one that nobody has started, for these columns */
export function towerExaminer(makeRuntime: (columns: readonly string[]) => VectorRuntime): RetrievalExaminer {
  return {
    recallAt: RECALL_AT,
    async examine({ folder, holdout, signal }) {
      const { titles, profiles } = holdout;
      const towers = await readTowers(folder);
      const runtimes = [makeRuntime(towers.title.columns), makeRuntime(towers.user.columns)] as const;
      const [title, user] = runtimes;
      try {
        await Promise.all(runtimes.map((runtime) => runtime.start()));
        await Promise.all([title.load(towers.title.folder), user.load(towers.user.folder)]);
        const vectors = await titleVectorsBy(
          title,
          titles.map(({ id, content }) => towers.titleRow(id, content)),
        );
        const contentById = new Map(titles.map(({ id, content }) => [id, content]));
        const ranking = createRanking(holdout, RECALL_AT);
        for (let from = 0; from < profiles.length; from += PROFILES_PER_RUN) {
          signal?.throwIfAborted();
          const part = profiles.slice(from, from + PROFILES_PER_RUN);
          const rows = part.map(
            ({ history }) =>
              towers.userRow(
                history.map((place) => titles[place]!.id),
                (id) => contentById.get(id),
              )!,
          );
          const users = await titleVectorsBy(user, rows);
          for (let i = 0; i < part.length; i++) {
            const own = users.subarray(i * towers.dimensions, (i + 1) * towers.dimensions);
            ranking.add(from + i, (place) => dotAt(own, vectors, place * towers.dimensions));
            await setImmediate();
          }
        }
        // Their score is no ranking feature: its level means nothing to anybody.
        const { recall, coverage } = ranking.result();
        return { recall, coverage };
      } finally {
        await Promise.all(runtimes.map((runtime) => runtime.stop()));
      }
    },
  };
}
