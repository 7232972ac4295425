/** Scores of different models on one scale. */

/**
 * In place: the mean over `items` becomes 0 and the deviation 1, so that a weight means the same whatever a model's unit is.
 * Scores that are all equal become 0; those that are not finite count as the least finite one.
 * @param others that are moved by the same shift and scale
 */
export function standardise(scores: Float32Array, items: Uint32Array, others?: Uint32Array): void {
  let least = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const score = scores[item]!;
    if (Number.isFinite(score) && score < least) least = score;
  }
  if (least === Number.POSITIVE_INFINITY) least = 0;
  let sum = 0;
  for (const item of items) {
    if (!Number.isFinite(scores[item]!)) scores[item] = least;
    sum += scores[item]!;
  }
  const mean = sum / Math.max(1, items.length);
  let squares = 0;
  for (const item of items) squares += (scores[item]! - mean) ** 2;
  const deviation = Math.sqrt(squares / Math.max(1, items.length));
  // Equal scores of many items differ from their mean by rounding alone.
  const scale = deviation > 1e-6 * Math.abs(mean) ? 1 / deviation : 0;
  for (const item of items) scores[item] = (scores[item]! - mean) * scale;
  for (const item of others ?? []) {
    scores[item] = (Number.isFinite(scores[item]!) ? scores[item]! - mean : least - mean) * scale;
  }
}
