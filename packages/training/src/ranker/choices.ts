/**
 * Examples as choices: a watch is compared with what it was chosen from.
 *
 * - A title that was seen on a page was chosen from that page: it is compared with what was seen there and passed over.
 * - One that was found elsewhere (search, an import) was chosen from the catalogue: it is compared with its random titles.
 *
 * What was on screen compared with what never was would teach what the serving policy shows, not what people watch of it: popularity counts
 * twice, and to have been shown a title before, which random titles hardly ever were, would speak for it. So exposure is learned
 * from pages alone, and in choices from the catalogue it is as if there had been none (Schnabel et al. 2016 and Ma et al. 2018 on what only
 * exposed titles can teach). Where on its page a title stood explains a part of what was passed over (Zhao et al. 2019): `fit-line.ts`,
 * `training-columns.ts`.
 *
 * Of what was passed over a few titles stand beside each watch, and how many they are is up to who made the examples. Left at that, a probability
 * would be one among those few. So what a watch is compared with weighs as much as all that was passed over in that time (McMahan et al. 2013,
 * section 4.3): a probability is how often titles that are on screen are watched, whoever made the examples.
 */
import { RANKING_COLUMNS } from '@marquee/features';
import { LEAST_POSITIVES } from './ranker-trainer.ts';
import {
  drawnExamples,
  EXAMPLE_KIND,
  type RankingExamples,
  rowsWhere,
  takeRows,
} from './ranking-examples.ts';

/** Columns that tell what this viewer was shown. */
export const EXPOSURE_COLUMNS: readonly string[] = ['seen_without_play'];

const EXPOSURE = EXPOSURE_COLUMNS.map((name) => RANKING_COLUMNS.indexOf(name));

/**
 * The rows of `drawnExamples` of the result are those that a watch is learned from; given-up plays stay beside them. With fewer than
 * `leastOnPages` watches on pages, every watch is compared with its random titles.
 */
export function choicesOf(set: RankingExamples, leastOnPages: number = LEAST_POSITIVES): RankingExamples {
  return chosenRows(set, leastOnPages).choices;
}

/** Whether a ranker that learns from these learns from pages. */
export function isLearnedFromPages(set: RankingExamples): boolean {
  return pagesOf(set, LEAST_POSITIVES).size > 0;
}

/**
 * What a model is examined on: what a watch was compared with where models learn, or a better model of that would be refused for
 * answering another question worse.
 * @param fromPages whether they learned from pages: of an examination, which is short, few watches on pages are enough.
 * @returns the rows of `set` that are asked, and the examples of them.
 */
export function examinedChoices(
  set: RankingExamples,
  fromPages: boolean,
): { readonly examples: RankingExamples; readonly rows: Uint32Array } {
  const { choices, kept } = chosenRows(set, fromPages ? 1 : Number.POSITIVE_INFINITY);
  const asked = rowsWhere(choices, (row) => choices.kinds![row] === EXAMPLE_KIND.drawn);
  return { examples: takeRows(choices, asked), rows: asked.map((row) => kept[row]!) };
}

function chosenRows(set: RankingExamples, leastOnPages: number) {
  const pages = pagesOf(set, leastOnPages);
  const kindOf = (row: number): number => set.kinds?.[row] ?? EXAMPLE_KIND.drawn;
  const onPage = (row: number): boolean => pages.has(set.groups[row]!);
  const kept = rowsWhere(set, (row) => {
    const kind = kindOf(row);
    if (kind === EXAMPLE_KIND.passedOver) return onPage(row);
    return kind === EXAMPLE_KIND.givenUp || set.labels[row]! > 0.5 || !onPage(row);
  });
  const chosen = takeRows(set, kept);
  const drawn = kept.map((row) => Number(kindOf(row) !== EXAMPLE_KIND.givenUp));
  const kinds = Uint8Array.from(kept, (row) =>
    kindOf(row) === EXAMPLE_KIND.givenUp ? EXAMPLE_KIND.givenUp : EXAMPLE_KIND.drawn,
  );
  for (const [i, row] of kept.entries()) {
    if (!onPage(row)) for (const column of EXPOSURE) chosen.matrix[i * set.columns + column] = 0;
  }
  const onPages = Uint8Array.from(kept, (row) => Number(onPage(row)));
  const weights = pages.size === 0 ? chosen.weights : weighedAsShown(chosen, drawn, onPages);
  return { kept, choices: { ...chosen, kinds, weights, onPage: onPages } };
}

/** On pages and elsewhere alike: nobody counts what is passed over in a catalogue. */
function weighedAsShown(
  { rows, labels, weights, shown }: RankingExamples,
  drawn: ArrayLike<number>,
  onPage: Uint8Array,
): Float32Array {
  if (shown === undefined || shown.watched === 0 || shown.passedOver === 0) return weights;
  const watched = [0, 0];
  const others = [0, 0];
  for (let row = 0; row < rows; row++) {
    if (drawn[row] === 1) (labels[row]! > 0.5 ? watched : others)[onPage[row]!]! += weights[row]!;
  }
  const factors = watched.map((weight, i) => (weight * shown.passedOver) / shown.watched / others[i]!);
  return weights.map((weight, row) => {
    const factor = factors[onPage[row]!]!;
    return drawn[row] === 1 && labels[row]! < 0.5 && factor > 0 ? weight * factor : weight;
  });
}

/** Share of watches by weight: what the probabilities of a model are about that learned from these. @param choices of `choicesOf` */
export function baseRate(choices: RankingExamples): number {
  const { rows, labels, weights } = drawnExamples(choices);
  let [watched, all] = [0, 0];
  for (let row = 0; row < rows; row++) {
    all += weights[row]!;
    if (labels[row]! > 0.5) watched += weights[row]!;
  }
  return watched / all;
}

/** Groups whose watch was chosen from a page. */
function pagesOf(
  { rows, groups, labels, kinds, places }: RankingExamples,
  leastOnPages: number,
): ReadonlySet<number> {
  const pages = new Set<number>();
  for (let row = 0; row < rows; row++) if (kinds?.[row] === EXAMPLE_KIND.passedOver) pages.add(groups[row]!);
  if (pages.size < leastOnPages) return new Set();
  // Of pages with several watches one has what was passed over; the others were no more chosen from the catalogue than that one.
  for (let row = 0; row < rows; row++) {
    if (labels[row]! > 0.5 && places !== undefined && !Number.isNaN(places[row]!)) pages.add(groups[row]!);
  }
  return pages;
}
