/**
 * The best of the genres that matter for this page: those the request asks for, else those the viewer likes or
 * chose at the start, else those that are watched now, else the catalogue's largest. It keeps genre rows filled and narrow filters answered.
 */
import type { TitleTable } from '@marquee/features';
import type { CandidateSource } from '@marquee/pipeline';
import type { GenreShelves } from '../home/genre-shelves.ts';
import { genresForPage } from '../home/genres-for-page.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { proposeInTurns } from '../home/propose-in-turns.ts';
import { SOURCE } from '../home/source-names.ts';

const QUOTA = 300;
const MAX_GENRES = 10;

export function genreShelfSource(titles: TitleTable, shelves: GenreShelves): CandidateSource<HomeQuery> {
  return {
    kind: 'candidate-source',
    name: SOURCE.genreShelf,
    requires: ['lists', 'prepared', 'titlesOfViewer', 'state', 'now', 'filter', 'excludeTitleIds'],
    quota: QUOTA,
    onFailure: 'omit',
    timeoutMs: 60,
    async propose(query) {
      const wanted = genresForPage(shelves, query).slice(0, MAX_GENRES);
      const lists = wanted.map((genreId) => shelves.shelf(genreId));
      return proposeInTurns(titles, query, lists, QUOTA);
    },
  };
}
