/** The request's filter and the viewer's limits, as the vector index understands them. */
import type { VectorFilter } from '@marquee/vector-index';
import type { EligibilityQuery } from './eligibility.ts';

const filters = new WeakMap<EligibilityQuery, VectorFilter>();

/** One object per query: the index evaluates a filter once for all searches that share it. */
export function vectorFilterOf(query: EligibilityQuery): VectorFilter {
  let filter = filters.get(query);
  if (filter === undefined) {
    filter = makeFilter(query);
    filters.set(query, filter);
  }
  return filter;
}

function makeFilter(query: EligibilityQuery): VectorFilter {
  const { state, titlesOfViewer } = query;
  return {
    ...query.filter,
    availableAt: query.now,
    ...(state.region === undefined ? {} : { region: state.region }),
    ...(state.maturityLimit === undefined ? {} : { maturityLimit: state.maturityLimit }),
    excludeIds: [
      ...titlesOfViewer.hidden,
      ...titlesOfViewer.disliked,
      ...titlesOfViewer.watched,
      ...query.excludeTitleIds,
    ],
  };
}
