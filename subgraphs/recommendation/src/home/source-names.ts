/** Names of the candidate sources, for those who read provenance: page rows, scorers, filters. */
export const SOURCE = {
  continueWatching: 'continue-watching',
  becauseYouWatched: 'because-you-watched',
  collaborative: 'collaborative',
  twoTower: 'two-tower',
  contentSimilarity: 'content-similarity',
  similarToSeeds: 'similar-to-seeds',
  trending: 'trending',
  popularInSegment: 'popular-in-segment',
  newReleases: 'new-releases',
  followedPeople: 'followed-people',
  myList: 'my-list',
  watchAgain: 'watch-again',
  genreShelf: 'genre-shelf',
  editorial: 'editorial',
  exploration: 'exploration',
} as const;

/** Sources whose rows are about titles the viewer knows already. */
export const SOURCES_OF_KNOWN_TITLES: ReadonlySet<string> = new Set([
  SOURCE.continueWatching,
  SOURCE.watchAgain,
  SOURCE.myList,
]);
