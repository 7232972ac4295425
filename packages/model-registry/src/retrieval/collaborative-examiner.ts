/** The collaborative model: histories folded in as serving folds them in, and the highest scores of the titles it knows. */
import { setImmediate } from 'node:timers/promises';
import { incompatibleModel } from '@marquee/model-runtime';
import {
  type CollaborativeFactors,
  openCollaborativeModel,
  readCollaborativeFolder,
} from '@marquee/training/collaborative';
import { createRanking, dotAt, type RetrievalExaminer } from './examine-retrieval.ts';

const RECALL_AT = [50, 1_000] as const;
const ROWS_AT_ONCE = 4_096;
/** The Gramian was summed in single precision, over as many rows as there are titles. */
const PRECISION = 1e-3;

export const collaborativeExaminer: RetrievalExaminer = {
  recallAt: RECALL_AT,
  async examine({ folder, holdout, signal }) {
    const { manifest, factors } = await readCollaborativeFolder(folder);
    if (!(await belongTogether(factors))) {
      throw incompatibleModel(
        `${manifest.name} ${manifest.version}: its Gramian is not that of its title vectors: they were not made together`,
      );
    }
    const { titles, profiles } = holdout;
    const model = await openCollaborativeModel(factors);
    const vectors = titles.map(({ id }) => model.vectorOf(id));
    const ranking = createRanking(holdout, RECALL_AT);
    for (const [profile, { history }] of profiles.entries()) {
      signal?.throwIfAborted();
      const latest = history.slice(-manifest.input.history).map((place) => titles[place]!.id);
      // Who watched nothing that it knows is found nothing, as in serving.
      const folded = model.fold(latest);
      ranking.add(profile, (place) => {
        const vector = vectors[place];
        return folded && vector && dotAt(folded.vector, vector);
      });
      await setImmediate();
    }
    return ranking.result();
  },
};

/** Whether xᵀGx is Σ (hᵢ·x)², for an x that favours no dimension: what any other vectors' Gramian would not pass. */
async function belongTogether({ items, itemGram, settings }: CollaborativeFactors): Promise<boolean> {
  const { dimensions: d } = settings;
  const probe = Float32Array.from({ length: d }, (_, k) => Math.cos(1 + k * k));
  let expected = 0;
  // Only the upper triangle is kept.
  for (let i = 0; i < d; i++) {
    for (let j = i; j < d; j++) {
      expected += (i === j ? 1 : 2) * probe[i]! * probe[j]! * itemGram[i * d + j]!;
    }
  }
  let sum = 0;
  for (let row = 0; row < items.length / d; row++) {
    sum += dotAt(probe, items, row * d) ** 2;
    if (row % ROWS_AT_ONCE === 0) await setImmediate();
  }
  return Math.abs(sum - expected) <= PRECISION * Math.max(sum, Math.abs(expected));
}
