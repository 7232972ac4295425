/**
 * From a ranked list to a page. Pure: the same input gives the same page. No title stands twice, except in
 * "continue watching"; a row that cannot be filled is left out; the list of planners below is in the order in
 * which rows choose their titles, scarce ones first.
 */

import { capGenres } from '../home/genre-cap.ts';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { StoredRow } from '../slates/stored-slate.ts';
import { allocateHeads, allocateTails, type FilledRow } from './allocate-titles.ts';
import { orderRows } from './order-rows.ts';
import type { PageInput } from './page-input.ts';
import { placeExplored } from './place-explored.ts';
import type { RowPlanner } from './row-plan.ts';
import { becauseYouWatchedRow } from './rows/because-you-watched.row.ts';
import { continueWatchingRow } from './rows/continue-watching.row.ts';
import { editorialRow } from './rows/editorial.row.ts';
import { followedPeopleRow } from './rows/followed-people.row.ts';
import { genreRow } from './rows/genre.row.ts';
import { hiddenGemsRow } from './rows/hidden-gems.row.ts';
import { myListRow } from './rows/my-list.row.ts';
import { newReleasesRow } from './rows/new-releases.row.ts';
import { topPicksRow } from './rows/top-picks.row.ts';
import { topTenRow } from './rows/top-ten.row.ts';
import { trendingRow } from './rows/trending.row.ts';
import { watchAgainRow } from './rows/watch-again.row.ts';

/** In the order in which they choose. Those that answer what the viewer did come first, and lose nothing to a call. */
const PLANNERS: readonly RowPlanner[] = [
  continueWatchingRow,
  myListRow,
  followedPeopleRow,
  watchAgainRow,
  // before the picks, but for those they have called: a top ten without what the picks have taken would not be one
  topTenRow,
  topPicksRow,
  becauseYouWatchedRow,
  trendingRow,
  newReleasesRow,
  genreRow,
  hiddenGemsRow,
  editorialRow,
];

/** Where nobody can say what is popular, what people chose is the best there is, and chooses before the genres. */
const STATIC_PLANNERS: readonly RowPlanner[] = [
  ...PLANNERS.filter((planner) => planner !== genreRow && planner !== editorialRow),
  editorialRow,
  genreRow,
];

export const MAX_ROWS = 14;
const FULL_ROW = 10;
/** A page of fewer discoveries than this has rows of fewer titles, rather than hardly any rows. */
const ROWS_AT_LEAST = 8;

export interface Page {
  readonly rows: readonly StoredRow[];
  /** The candidates of all rows, by title. */
  readonly placed: ReadonlyMap<string, HomeCandidate>;
}

export function buildPage(input: PageInput): Page {
  const { watched, inProgress } = input.query.titlesOfViewer;
  const begun = new Set(inProgress);
  const ranked = input.ranked.filter(({ slot }) => slot === 'ranked');
  const discoveries = ranked.filter(({ id }) => !watched.has(id) && !begun.has(id));
  const minimum = Math.min(FULL_ROW, Math.max(3, Math.floor(discoveries.length / ROWS_AT_LEAST)));
  const planners = input.query.lists.popular.length === 0 ? STATIC_PLANNERS : PLANNERS;
  const plans = planners.flatMap((planner) => planner({ ...input, ranked, discoveries, minimum }));

  const { rows, taken } = allocateHeads(plans);
  const ordered = orderRows(rows, MAX_ROWS, input.rowOrderer);
  for (const row of rows) if (!ordered.includes(row)) giveBack(row, taken);
  allocateTails(ordered, taken);
  for (const { plan, items } of ordered) if (plan.capped) items.splice(0, items.length, ...capGenres(items));
  if (input.explorer !== undefined) placeExplored(ordered, input.explorer);

  const placed = new Map<string, HomeCandidate>();
  return { rows: ordered.map((row) => storedRow(row, placed, input.artworkOf)), placed };
}

function giveBack({ plan, items }: FilledRow, taken: Set<string>): void {
  if (!plan.repeats) for (const { id } of items) taken.delete(id);
}

function storedRow(
  { plan, items }: FilledRow,
  placed: Map<string, HomeCandidate>,
  artworkOf: PageInput['artworkOf'],
): StoredRow {
  return {
    id: plan.key,
    kind: plan.kind,
    headline: plan.headline,
    ...(plan.reason === undefined ? {} : { reason: plan.reason }),
    items: items.map((candidate) => {
      placed.set(candidate.id, candidate);
      const reason = plan.reasonOf?.(candidate);
      const artwork = artworkOf?.(candidate.facts);
      return {
        titleId: candidate.id,
        ...(reason === undefined ? {} : { reason }),
        ...(Number.isFinite(candidate.score) ? { score: candidate.score } : {}),
        propensity: candidate.propensity,
        sources: candidate.provenance.map(({ source }) => source),
        ...(artwork === undefined ? {} : { artwork }),
      };
    }),
  };
}
