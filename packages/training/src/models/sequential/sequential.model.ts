/**
 * What comes next, from the order of what came before: a small transformer (`sequence-graph.ts`). Order counts, times do not. A
 * history without a known item gets the popular ones, as does everybody when nobody has two interactions to learn from.
 */
import { rowCount } from '../../interactions/index.ts';
import { createRecommender, requireInteractions } from '../recommender.ts';
import type { Train } from '../retrieval-model.ts';
import { newestRows } from './sequence-data.ts';
import { scoreSequence } from './sequence-forward.ts';
import { type SequentialOptions, sequentialSettings } from './sequential-options.ts';
import { trainNetwork } from './train-network.ts';

export const trainSequential: Train<SequentialOptions> = async (interactions, options) => {
  requireInteractions(interactions);
  const settings = sequentialSettings(options, rowCount(interactions));
  const { items, parameters, epochs, validation } = await trainNetwork(interactions, settings, options);
  const byRow = new Float32Array(items.items.length);
  const model = createRecommender(interactions, (history, scores) => {
    if (epochs === 0) return;
    const rows = newestRows(history.items, items, settings.maxLength);
    if (rows.length === 0) return;
    scoreSequence(settings, parameters, rows, byRow);
    for (let row = 0; row < byRow.length; row++) scores[items.items[row]!] = byRow[row]!;
  });
  return { ...model, withheld: validation };
};
