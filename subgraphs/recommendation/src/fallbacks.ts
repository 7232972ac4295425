/**
 * What serves while a part of the process does not, by the part's name: a process that has such a part missing can answer
 * and is ready.
 */
export const RECOMMENDATION_FALLBACKS: Readonly<Record<string, string>> = {
  'model-runtime': 'scores of the sources, without the ranker',
  'vector-index': 'sources other than similarity',
};
