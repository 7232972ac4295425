/**
 * Gives each title to one row. Rows choose in the given order, scarce rows before those that could show
 * anything, and in two rounds: first every row gets its head, then, once it is clear which rows exist, they
 * take turns filling their tails. So no row starves because an earlier one wanted forty titles. A row may call its
 * first titles before the others, the viewer's own rows excepted: the best places of the page are worth more than a scarce
 * row's choice.
 */
import { capGenres } from '../home/genre-cap.ts';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { RowPlan } from './row-plan.ts';

/** Titles a row gets in the first round: what is on screen before anybody scrolls sideways. */
const HEAD = 12;
const TURN = 4;
export interface FilledRow {
  readonly plan: RowPlan;
  readonly items: HomeCandidate[];
}

/** First round. Rows that cannot have their minimum give back what they took and are left out. */
export function allocateHeads(plans: readonly RowPlan[]): { rows: FilledRow[]; taken: Set<string> } {
  const taken = new Set<string>();
  const rows: FilledRow[] = [];
  const groups = new Map<string, number>();
  const called = new Map<RowPlan, readonly string[]>();
  const ownRows = plans.findIndex(({ essential }) => essential !== true);
  for (const [i, plan] of plans.entries()) {
    if (i === ownRows) for (const later of plans.slice(i)) called.set(later, callFirst(later, taken));
    for (const id of called.get(plan) ?? []) taken.delete(id);
    const group = groups.get(plan.kind) ?? 0;
    if (plan.groupLimit !== undefined && group >= plan.groupLimit) continue;
    const want = Math.min(plan.limit, plan.repeats ? plan.limit : Math.max(HEAD, plan.minimum));
    const items: HomeCandidate[] = [];
    for (const candidate of poolOf(plan, taken)) {
      if (items.length === want) break;
      if (plan.repeats || !taken.has(candidate.id)) items.push(candidate);
    }
    if (items.length < plan.minimum) continue;
    if (!plan.repeats) for (const { id } of items) taken.add(id);
    groups.set(plan.kind, group + 1);
    rows.push({ plan, items });
  }
  return { rows, taken };
}

/** Second round: in page order, a few titles at a time, until pools or limits are exhausted. */
export function allocateTails(rows: readonly FilledRow[], taken: Set<string>): void {
  const next = rows.map(() => 0);
  for (let moved = true; moved; ) {
    moved = false;
    for (const [i, { plan, items }] of rows.entries()) {
      if (plan.repeats) continue;
      let place = next[i]!;
      for (let turn = 0; turn < TURN && items.length < plan.limit && place < plan.pool.length; place++) {
        const candidate = plan.pool[place]!;
        if (taken.has(candidate.id)) continue;
        taken.add(candidate.id);
        items.push(candidate);
        turn++;
        moved = true;
      }
      next[i] = place;
    }
  }
}

/** Takes what the row is to have before any other chooses. */
function callFirst(plan: RowPlan, taken: Set<string>): readonly string[] {
  const ids = poolOf(plan, taken)
    .slice(0, plan.callsFirst ?? 0)
    .map(({ id }) => id);
  for (const id of ids) taken.add(id);
  return ids;
}

/** For a row under the genre cap, what is left is put in an order that keeps it. */
function poolOf({ pool, capped }: RowPlan, taken: ReadonlySet<string>): readonly HomeCandidate[] {
  return capped ? capGenres(pool.filter(({ id }) => !taken.has(id))) : pool;
}
