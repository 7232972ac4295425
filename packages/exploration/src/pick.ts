/**
 * Place of what is drawn from probabilities that sum to one; nothing without a probability is ever drawn.
 * @param random uniform in [0, 1); asked once.
 */
export function pick(probabilities: ArrayLike<number>, random: () => number): number {
  let rest = random();
  let last = -1;
  for (let i = 0; i < probabilities.length; i++) {
    if (!(probabilities[i]! > 0)) continue;
    last = i;
    rest -= probabilities[i]!;
    if (rest < 0) break;
  }
  // Rounding may leave a little after the last of them.
  return last;
}
