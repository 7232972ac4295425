/** The filter input as the catalogue's filter, within its bounds. */
import type { TitleFilter } from '@marquee/domain';
import type { TitleFilter as TitleFilterInput } from '../../__generated__/resolvers-types.ts';
import { boundedIds, boundedInteger } from '../../input-bounds.ts';

const MAX_GENRES = 50;
const MAX_YEAR = 9_999;
const MAX_RUNTIME_MINUTES = 100_000;

/**
 * Null and an empty list mean that nothing is asked for.
 * @throws MarqueeError BAD_USER_INPUT naming the field.
 */
export function toTitleFilter(input: TitleFilterInput | null | undefined): TitleFilter | undefined {
  if (input === null || input === undefined) return undefined;
  const { genreIds, kinds, releasedFrom, releasedTo, maxRuntimeMinutes, maxMaturity } = input;
  return {
    ...(genreIds?.length ? { genreIds: boundedIds(genreIds, MAX_GENRES, 'filter.genreIds') } : {}),
    ...(kinds?.length ? { kinds: [...new Set(kinds)] } : {}),
    ...(isGiven(releasedFrom)
      ? { releasedFrom: boundedInteger(releasedFrom, 0, MAX_YEAR, 'filter.releasedFrom') }
      : {}),
    ...(isGiven(releasedTo)
      ? { releasedTo: boundedInteger(releasedTo, 0, MAX_YEAR, 'filter.releasedTo') }
      : {}),
    ...(isGiven(maxRuntimeMinutes)
      ? {
          maxRuntimeMinutes: boundedInteger(
            maxRuntimeMinutes,
            0,
            MAX_RUNTIME_MINUTES,
            'filter.maxRuntimeMinutes',
          ),
        }
      : {}),
    ...(isGiven(maxMaturity) ? { maxMaturity } : {}),
  };
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
