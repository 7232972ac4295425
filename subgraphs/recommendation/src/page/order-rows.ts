/**
 * The order of the rows: what was begun first, then the top picks, then the row of the viewer's latest watch or
 * like, then by expected value: the mean value of the titles one sees without scrolling, times the kind's weight.
 * A row of the same kind as the one above it has to be a good deal better, so that three "because you watched" do
 * not follow one another. Where there are too many, essential rows stay and the rest go by value. At the places that are
 * open to learning, which kind of row follows is somebody else's choice (row-orderer.ts); which row of the kind is not.
 * Rows that have turns (genres, where nothing is known of the viewer) then change places among each other.
 */
import type { FilledRow } from './allocate-titles.ts';
import type { RowOrderer } from './row-orderer.ts';

const SEEN_WITHOUT_SCROLLING = 10;
const SAME_KIND_AGAIN = 0.7;
/** Default of `Home.rows(first)`. */
const ROWS_IN_SIGHT = 12;

interface ValuedRow {
  readonly row: FilledRow;
  readonly value: number;
}

export function orderRows(rows: readonly FilledRow[], maxRows: number, orderer?: RowOrderer): FilledRow[] {
  const valued = rows.map((row) => ({ row, value: expectedValue(row) * row.plan.weight }));
  const rest = [...mostValuable(valued, maxRows)];
  const ordered: FilledRow[] = [];
  for (const anchor of ANCHORS) {
    const at = rest.findIndex(({ row }) => anchor(row));
    if (at !== -1) ordered.push(rest.splice(at, 1)[0]!.row);
  }
  while (rest.length > 0) {
    const above = ordered.at(-1)?.plan.kind;
    const byValue = rest
      .map(({ row, value }, i) => ({
        i,
        kind: row.plan.kind,
        value: row.plan.kind === above ? value * SAME_KIND_AGAIN : value,
      }))
      .sort((a, b) => b.value - a.value);
    let next = byValue[0]!;
    if (orderer !== undefined && ordered.length < orderer.openRows) {
      const options = byValue.filter(({ kind }, at) => byValue.findIndex((one) => one.kind === kind) === at);
      next = options[orderer.choose(ordered.length, options)]!;
    }
    ordered.push(rest.splice(next.i, 1)[0]!.row);
  }
  return withEssentialInSight(inTurns(ordered));
}

/** Other rows keep their places. */
function inTurns(ordered: readonly FilledRow[]): readonly FilledRow[] {
  const turns = ordered
    .filter(({ plan }) => plan.turn !== undefined)
    .sort((a, b) => a.plan.turn! - b.plan.turn!)
    .values();
  return ordered.map((row) => (row.plan.turn === undefined ? row : turns.next().value!));
}

/** What the viewer has put on the page, a saved title or a followed person, is among the rows a client asks for first. */
function withEssentialInSight(ordered: readonly FilledRow[]): FilledRow[] {
  const sight = ordered.slice(0, ROWS_IN_SIGHT);
  const beyond = ordered.slice(ROWS_IN_SIGHT);
  for (const row of beyond.filter(({ plan }) => plan.essential)) {
    const last = sight.findLastIndex(({ plan }) => !plan.essential);
    if (last === -1) break;
    beyond[beyond.indexOf(row)] = sight.splice(last, 1)[0]!;
    sight.push(row);
  }
  return [...sight, ...beyond];
}

const ANCHORS: readonly ((row: FilledRow) => boolean)[] = [
  ({ plan }) => plan.kind === 'CONTINUE_WATCHING',
  ({ plan }) => plan.kind === 'TOP_PICKS',
  ({ plan }) => plan.anchored === true,
];

/** In the order given. */
function mostValuable(rows: readonly ValuedRow[], maxRows: number): readonly ValuedRow[] {
  if (rows.length <= maxRows) return rows;
  const rank = ({ row, value }: ValuedRow): number => (row.plan.essential ? Number.POSITIVE_INFINITY : value);
  const kept = new Set(
    // Two infinities are equal; subtracting them is not a number.
    [...rows].sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a))).slice(0, maxRows),
  );
  return rows.filter((row) => kept.has(row));
}

function expectedValue({ items }: FilledRow): number {
  const seen = items.slice(0, SEEN_WITHOUT_SCROLLING);
  let sum = 0;
  for (const { score } of seen) if (Number.isFinite(score)) sum += score;
  return seen.length === 0 ? 0 : sum / seen.length;
}
