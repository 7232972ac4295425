/** Our filter in Qdrant's words. Every condition must hold; Qdrant applies them before it takes the k best. */
import { maturityLevel } from '@marquee/domain';
import type { Schemas } from '@qdrant/js-client-rest';
import type { VectorFilter } from '../index.ts';
import { pointIdOf } from './point-id.ts';
import { EVERYWHERE } from './qdrant-payload.ts';

type Condition = Schemas['Condition'];

/** An empty list of what is allowed. Servers differ in how they read one, so they are not asked. */
export function passesNothing(filter: VectorFilter | undefined): boolean {
  return filter?.genreIds?.length === 0 || filter?.kinds?.length === 0;
}

/** Undefined where nothing is asked. */
export function toQdrantFilter(filter: VectorFilter | undefined): Schemas['Filter'] | undefined {
  if (filter === undefined) return undefined;
  const must: Condition[] = [];
  const { genreIds, kinds, releasedFrom, releasedTo, maxRuntimeMinutes, availableAt, excludeIds } = filter;
  if (genreIds !== undefined) must.push({ key: 'genreIds', match: { any: [...new Set(genreIds)] } });
  if (kinds !== undefined) must.push({ key: 'kind', match: { any: [...kinds] } });
  if (releasedFrom !== undefined || releasedTo !== undefined) {
    must.push({ key: 'releaseYear', range: { ...from(releasedFrom), ...upTo(releasedTo) } });
  }
  if (maxRuntimeMinutes !== undefined) must.push({ key: 'runtimeMinutes', range: upTo(maxRuntimeMinutes) });
  const limits = [filter.maxMaturity, filter.maturityLimit].filter((rating) => rating !== undefined);
  if (limits.length > 0) {
    must.push({ key: 'maturityLevel', range: upTo(Math.min(...limits.map(maturityLevel))) });
  }
  if (availableAt !== undefined) must.push(available(availableAt, filter.region));
  const must_not: Condition[] =
    excludeIds === undefined || excludeIds.length === 0
      ? []
      : [{ has_id: [...new Set(excludeIds)].map(pointIdOf) }];
  if (must.length === 0 && must_not.length === 0) return undefined;
  return { ...(must.length > 0 ? { must } : {}), ...(must_not.length > 0 ? { must_not } : {}) };
}

/** All of it in the same window: that is what nesting means. */
function available(at: number, region: string | undefined): Condition {
  const regions = region === undefined ? [EVERYWHERE] : [EVERYWHERE, region];
  return {
    nested: {
      key: 'availability',
      filter: {
        must: [
          { key: 'from', range: upTo(at) },
          { key: 'to', range: { gt: at } },
          { key: 'regions', match: { any: regions } },
        ],
      },
    },
  };
}

function upTo(value: number | undefined): { lte?: number } {
  return value === undefined ? {} : { lte: value };
}

function from(value: number | undefined): { gte?: number } {
  return value === undefined ? {} : { gte: value };
}
