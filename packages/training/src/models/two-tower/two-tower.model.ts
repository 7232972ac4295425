/**
 * Two towers: one turns a history into a vector, the other a title, from its content and its id; their product is the score.
 * Titles that nobody has had yet have a vector too (`exportTowers`), which is what the model is for. Without content it works on
 * ids alone. A history without a known item gets the popular ones.
 */
import { rowCount } from '../../interactions/index.ts';
import { createRecommender, requireInteractions } from '../recommender.ts';
import type { Train } from '../retrieval-model.ts';
import { newestRows } from '../sequential/sequence-data.ts';
import type { TitleContent } from './title-content.ts';
import { createTowerScorer, trainTowers } from './train-towers.ts';
import { type TwoTowerOptions, twoTowerSettings } from './two-tower-options.ts';

export const trainTwoTower: Train<TwoTowerOptions & { readonly content?: TitleContent }> = async (
  interactions,
  options,
) => {
  requireInteractions(interactions);
  const settings = twoTowerSettings(options, rowCount(interactions));
  const towers = await trainTowers(interactions, options.content, settings, options);
  const { items } = towers;
  const score = createTowerScorer(towers);
  const byRow = new Float32Array(items.items.length);
  const model = createRecommender(interactions, (history, scores) => {
    if (towers.epochs === 0) return;
    const rows = newestRows(history.items, items, settings.historyLength);
    if (rows.length === 0) return;
    score(rows, byRow);
    for (let row = 0; row < byRow.length; row++) scores[items.items[row]!] = byRow[row]!;
  });
  return { ...model, withheld: towers.validation };
};
