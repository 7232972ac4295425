/**
 * What a watch counts in an examination. A log was written by a model that is examined itself: what it put first was looked at most and so watched
 * most, and it would be praised for its own order. A watch counts the more the less its place is looked at, which is right on average for any
 * order (inverse propensities of examination, Joachims, Swaminathan and Schnabel 2017).
 */
import type { PlaceEffect } from './fit-line.ts';
import { PLACES_PER_ROW, type RankingExamples } from './ranking-examples.ts';

/** A single watch far down must not decide an examination. */
const GREATEST = 4;

/** @returns row → weight of its group, that of its watch; 1 for the first place and for what was found elsewhere */
export function examinationWeights(
  { rows, groups, labels, places }: Pick<RankingExamples, 'rows' | 'groups' | 'labels' | 'places'>,
  effect: PlaceEffect,
): Float32Array {
  const ofGroup = new Map<number, number>();
  for (let row = 0; row < rows; row++) {
    if (labels[row]! < 0.5 || ofGroup.has(groups[row]!)) continue;
    ofGroup.set(groups[row]!, weightAt(places?.[row] ?? Number.NaN, effect));
  }
  return Float32Array.from({ length: rows }, (_, row) => ofGroup.get(groups[row]!) ?? 1);
}

function weightAt(place: number, { row, position }: PlaceEffect): number {
  if (Number.isNaN(place)) return 1;
  const lookedAt = Math.exp(row * Math.floor(place / PLACES_PER_ROW) + position * (place % PLACES_PER_ROW));
  return Math.min(GREATEST, 1 / lookedAt);
}
