/**
 * How many plans the planner may weigh against each other for one operation. It tries every combination of ways to
 * fetch, and looks through the whole plan for each: with many deferred fragments, which are planned as parts of their
 * own, its 10,000 plans would keep the event loop for minutes. Fewer plans are weighed the larger each of them is;
 * what is left out are combinations that differ in little. Pure.
 */
import { type DocumentNode, Kind, visit } from 'graphql';

/** Selections of all weighed plans together; some tenths of a second. */
const SELECTIONS_WEIGHED = 40_000;
/** The same, of an operation that has more ways than are looked at: each of its plans has many more fetches. */
const OF_MANY_WAYS = 5_000;
const MIN_PLANS = 4;
const MAX_PLANS = 10_000;

/**
 * @param document without named fragments, or with: those are counted once.
 * @param hasManyWays it has more ways than `planning/bounded-options.ts` lets be looked at. Default: it has not.
 */
export function plansToWeigh(document: DocumentNode, hasManyWays = false): number {
  let [selections, deferred] = [0, 0];
  visit(document, {
    enter: ({ kind }) => {
      if (kind === Kind.FIELD || kind === Kind.INLINE_FRAGMENT || kind === Kind.FRAGMENT_SPREAD) selections++;
    },
    Directive: ({ name }) => {
      if (name.value === 'defer') deferred++;
    },
  });
  const each = Math.max(1, selections) * (1 + deferred);
  return Math.min(
    MAX_PLANS,
    Math.max(MIN_PLANS, Math.floor((hasManyWays ? OF_MANY_WAYS : SELECTIONS_WEIGHED) / each)),
  );
}
