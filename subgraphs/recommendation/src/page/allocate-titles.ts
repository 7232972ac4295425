/**
 * Gives each title to one row. Rows choose in the given order, scarce rows before those that could show
 * anything, and in two rounds: first every row gets its head, then, once it is clear which rows exist, they
 * take turns filling their tails. So no row starves because an earlier one wanted forty titles.
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
  for (const plan of plans) {
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

/** For a row under the genre cap, what is left is put in an order that keeps it. */
function poolOf({ pool, capped }: RowPlan, taken: ReadonlySet<string>): readonly HomeCandidate[] {
  return capped ? capGenres(pool.filter(({ id }) => !taken.has(id))) : pool;
}
