/** From a client's request for a page to the domain's. Bounds are checked here, with the field's name. */
import type { TitleFilter as FilterOfDomain } from '@marquee/domain';
import type { HomeInput, TitleFilter } from '../../__generated__/resolvers-types.ts';
import type { HomeRequest } from '../../home/home-service.ts';
import { boundedIds, boundedInteger } from '../../input-bounds.ts';

const MAX_EXCLUDED = 1_000;
const MAX_GENRES = 50;
const MAX_YEAR = 9_999;
const MAX_MINUTES = 10_000;

type Wanted = Pick<HomeRequest, 'device' | 'filter' | 'excludeTitleIds'>;

/** @throws MarqueeError BAD_USER_INPUT naming the field. */
export function fromHomeInput(input: HomeInput | null | undefined): Wanted {
  const filter = fromTitleFilter(input?.filter);
  const { device, excludeTitleIds } = input ?? {};
  return {
    ...(device == null ? {} : { device }),
    ...(filter === undefined ? {} : { filter }),
    ...(excludeTitleIds == null || excludeTitleIds.length === 0
      ? {}
      : { excludeTitleIds: boundedIds(excludeTitleIds, MAX_EXCLUDED, 'input.excludeTitleIds') }),
  };
}

/** Undefined when nothing is asked for. */
function fromTitleFilter(filter: TitleFilter | null | undefined): FilterOfDomain | undefined {
  if (filter == null) return undefined;
  const { genreIds, kinds, releasedFrom, releasedTo, maxRuntimeMinutes, maxMaturity } = filter;
  const year = (value: number, field: string) => boundedInteger(value, `input.filter.${field}`, 0, MAX_YEAR);
  const conditions: FilterOfDomain = {
    ...(genreIds == null || genreIds.length === 0
      ? {}
      : { genreIds: boundedIds(genreIds, MAX_GENRES, 'input.filter.genreIds') }),
    ...(kinds == null || kinds.length === 0 ? {} : { kinds }),
    ...(releasedFrom == null ? {} : { releasedFrom: year(releasedFrom, 'releasedFrom') }),
    ...(releasedTo == null ? {} : { releasedTo: year(releasedTo, 'releasedTo') }),
    ...(maxRuntimeMinutes == null
      ? {}
      : {
          maxRuntimeMinutes: boundedInteger(
            maxRuntimeMinutes,
            'input.filter.maxRuntimeMinutes',
            1,
            MAX_MINUTES,
          ),
        }),
    ...(maxMaturity == null ? {} : { maxMaturity }),
  };
  return Object.keys(conditions).length === 0 ? undefined : conditions;
}
