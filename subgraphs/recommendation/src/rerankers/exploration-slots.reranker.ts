/**
 * Gives one place in fourteen (7 %) to titles that hardly anybody is shown, so that they can prove themselves.
 *
 * The pool is what the exploration source alone proposed, put in an order drawn uniformly. The first of it take
 * the slots, the rest go to the end of the list, in reserve. With `m` titles in the pool and `k` slots the
 * probability that a given title gets a given slot is 1/m, and that it stays in reserve (m − k)/m; over all that
 * can happen to it they sum to one. Every other place is certain (1). The page goes on from the drawn order when
 * it fills the slots of its rows; see `placeExplored`.
 *
 * The first ten places are left alone: they are the page's promise. From there on, each run of fourteen places
 * has its slot at a random offset, so that no position is always an exploring one.
 */
import type { Reranker } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';

export const FIRST_SLOT_PLACE = 10;
export const SLOT_EVERY = 14;

export const explorationSlotsReranker: Reranker<HomeQuery, HomeCandidate> = {
  kind: 'reranker',
  name: 'exploration-slots',
  requires: ['exploration'],
  requiresOfCandidate: [],
  produces: ['propensity', 'slot'],
  applies: ({ exploration }) => exploration,
  rerank(_query, candidates, { random }) {
    const list = candidates as readonly HomeCandidate[];
    const pool = list.filter(explores);
    if (pool.length === 0) return [...list];
    const known = list.filter((candidate) => !explores(candidate));
    const slots = Math.min(pool.length, slotsAmong(known.length));
    // Fisher–Yates from the front.
    for (let i = 0; i < pool.length - 1; i++) {
      const j = i + Math.floor(random() * (pool.length - i));
      [pool[i], pool[j]] = [pool[j]!, pool[i]!];
    }
    const drawn = pool
      .slice(0, slots)
      .map((c) => ({ ...c, propensity: 1 / pool.length, slot: 'explored' as const }));
    const reserve = pool
      .slice(slots)
      .map((c) => ({ ...c, propensity: (pool.length - slots) / pool.length, slot: 'reserve' as const }));
    return [...interleave(known, drawn, random), ...reserve];
  },
};

function explores({ provenance }: HomeCandidate): boolean {
  return provenance.every(({ source }) => source === SOURCE.exploration);
}

/** Slots in a list of `known` other titles: one per thirteen of them after the first ten. */
function slotsAmong(known: number): number {
  return Math.max(0, Math.floor((known - FIRST_SLOT_PLACE) / (SLOT_EVERY - 1)));
}

function interleave(
  known: readonly HomeCandidate[],
  drawn: readonly HomeCandidate[],
  random: () => number,
): HomeCandidate[] {
  const list: HomeCandidate[] = known.slice(0, FIRST_SLOT_PLACE);
  let next = list.length;
  for (const candidate of drawn) {
    const offset = Math.floor(random() * SLOT_EVERY);
    list.push(
      ...known.slice(next, next + offset),
      candidate,
      ...known.slice(next + offset, next + SLOT_EVERY - 1),
    );
    next += SLOT_EVERY - 1;
  }
  list.push(...known.slice(next));
  return list;
}
