/**
 * The cold-start ladder: how much is known decides what a page is made of. From the first watch on the ranker orders it; the upper rungs
 * tell apart whom sources are believed about, and how much, where it does not answer.
 */
import type { Rung } from './home-query.ts';

const ESTABLISHED_FROM = 5;

/** @param qualifiedWatches titles ever watched for more than two minutes. */
export function rungOf(qualifiedWatches: number): Rung {
  if (qualifiedWatches <= 0) return 'cold';
  return qualifiedWatches < ESTABLISHED_FROM ? 'warming' : 'established';
}
