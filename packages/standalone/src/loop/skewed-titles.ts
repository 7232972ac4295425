/** Titles as a ranker sees them that takes their length for hours where it is in minutes: a feature that is computed otherwise than in training. */
import type { TitleFacts, TitleTable } from '@marquee/features';

const SIXTY = 60;

export function skewedTitles(titles: TitleTable): TitleTable {
  const skewed = (title: TitleFacts | undefined) => (title === undefined ? undefined : inWrongUnit(title));
  return {
    get size() {
      return titles.size;
    },
    get version() {
      return titles.version;
    },
    get: (id) => skewed(titles.get(id)),
    has: (id) => titles.has(id),
    titlesOfPerson: (id) => titles.titlesOfPerson(id),
    titlesOfGenre: (id) => titles.titlesOfGenre(id),
    idOf: (id) => titles.idOf(id),
    newest: () => titles.newest(),
    newestAt: (place) => skewed(titles.newestAt(place)),
    genreIds: () => titles.genreIds(),
    put: (changed) => titles.put(changed),
    remove: (ids) => titles.remove(ids),
  };
}

/** Field by field: a title's facts are getters, which spreading would not copy. */
function inWrongUnit(title: TitleFacts): TitleFacts {
  const { id, name, kind, genreIds, personIds, directorIds, studio, releaseYear, addedAt } = title;
  const { runtimeMinutes, maturityRating, averageScore, scoreCount, artworkVariants, availability } = title;
  return {
    ...{ id, name, kind, genreIds, personIds, directorIds, addedAt, maturityRating, availability },
    ...(studio !== undefined && { studio }),
    ...(releaseYear !== undefined && { releaseYear }),
    ...(averageScore !== undefined && { averageScore }),
    ...(scoreCount !== undefined && { scoreCount }),
    ...(artworkVariants !== undefined && { artworkVariants }),
    ...(runtimeMinutes !== undefined && { runtimeMinutes: runtimeMinutes / SIXTY }),
  };
}
