/**
 * Chooses which row stands at an open place of the page: below the rows that stand by rules, and above what hardly anybody scrolls
 * to. Arms are kinds of rows at that place; what is believed of them comes from how often they were seen there and watched from,
 * in the viewer's segment, and is scaled by what this row should be worth to this viewer. Where nothing was counted, the order
 * is that of the rules. Seeded: the same counts and seed give the same order.
 */
import { createRandom, type EventPayload, hash32, type RowKind } from '@marquee/domain';
import { createOrderDraw, type DrawnPlace, isHeldOut, policyOf, posteriorsOf } from '@marquee/exploration';
import type { HomeQuery } from '../home/home-query.ts';
import { evidenceOfRow, OPEN_ROWS } from '../home/row-counts.ts';

/** As it is logged with the page. */
export type RowOrder = NonNullable<EventPayload<'SLATE_SERVED'>['rowOrder']>;

/** The row of a kind that is worth most. */
export interface RowOption {
  readonly kind: RowKind;
  /** By rules: what is expected of its titles, times the kind's weight. */
  readonly value: number;
}

export interface RowOrderer {
  /** Rows from here on stand by rules. */
  readonly openRows: number;
  /**
   * Place within `options` of what is to stand at `row`.
   * @param options at least one, of each kind one, in the order by rules
   */
  choose(row: number, options: readonly RowOption[]): number;
  /** What was chosen so far. */
  readonly order: RowOrder;
}

export interface RowOrdererOptions {
  readonly query: Pick<
    HomeQuery,
    'explorationSettings' | 'rowCounts' | 'profileId' | 'filter' | 'now' | 'exploration'
  >;
  readonly seed: number;
}

/** Of what a row is worth on this page against the others: a model's guess weighs less than what was counted. */
const MOST_WORTH = 2;
const WORTH_EXPONENT = 0.5;
/** The order by rules is a good one: it takes some hundred looks at a row, not some ten, to be sure that another is better. */
const PRUDENCE = 5;

/** Undefined where rows stand by rules: on a page that was filtered, and where nothing could be read. */
export function createRowOrderer({ query, seed }: RowOrdererOptions): RowOrderer | undefined {
  const { explorationSettings, rowCounts: counts, profileId, filter, now, exploration } = query;
  if (counts === undefined || filter !== undefined || !exploration) return undefined;
  const { rowOrder } = explorationSettings;
  const holdout = profileId !== undefined && isHeldOut(rowOrder, profileId);
  const places: RowOrder['places'] = [];
  const draw = createOrderDraw({
    policy: policyOf(explorationSettings),
    // What nobody in particular does teaches nothing.
    share: profileId === undefined ? 0 : rowOrder.share,
    random: createRandom(hash32('row-order', seed)).next,
  });
  const drawn = (row: number, options: readonly RowOption[]): DrawnPlace => {
    const worth = worthOf(options);
    return draw.next(
      posteriorsOf(
        options.map(({ kind }, i) => ({ ...evidenceOfRow(counts, kind, row, now), scale: worth[i]! })),
        PRUDENCE,
      ),
    );
  };
  return {
    openRows: OPEN_ROWS,
    order: { holdout, places },
    choose(row, options) {
      if (options.length === 1) return 0;
      const byRules = holdout || rowOrder.holdout === 1;
      const { arm, probabilities } = byRules ? certainly(0, options.length) : drawn(row, options);
      places.push({
        row,
        rowKind: options[arm]!.kind,
        propensity: probabilities[arm]!,
        options: options.map(({ kind }, i) => ({ rowKind: kind, probability: probabilities[i]! })),
      });
      return arm;
    },
  };
}

function certainly(arm: number, arms: number): DrawnPlace {
  return { arm, probabilities: Float64Array.from({ length: arms }, (_, i) => Number(i === arm)) };
}

/** By option, 1 for what is worth as much as they are in the mean. */
function worthOf(options: readonly RowOption[]): readonly number[] {
  const mean = options.reduce((sum, { value }) => sum + value, 0) / options.length;
  return options.map(({ value }) => {
    const worth = mean > 0 ? Math.min(MOST_WORTH, Math.max(1 / MOST_WORTH, value / mean)) : 1;
    return worth ** WORTH_EXPONENT;
  });
}
