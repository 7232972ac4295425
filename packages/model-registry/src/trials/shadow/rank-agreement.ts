/** How alike two models order the same titles. Pure; scores of the same length, finite. */

/** Spearman's ρ: the correlation of ranks, ties at their mean. 0 where one of them does not tell any apart. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [ranksA, ranksB] = [ranks(a), ranks(b)];
  const mean = (a.length + 1) / 2;
  let [covariance, varianceA, varianceB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [ranksA[i]! - mean, ranksB[i]! - mean];
    covariance += x * y;
    varianceA += x * x;
    varianceB += y * y;
  }
  const scale = Math.sqrt(varianceA * varianceB);
  return scale === 0 ? 0 : covariance / scale;
}

/** Kendall's τ-b over the first `most` of `a`'s order, the part that people see. 0 where one does not tell any apart. */
export function kendall(a: ArrayLike<number>, b: ArrayLike<number>, most = 100): number {
  const top = order(a).slice(0, most);
  let [agreeing, differing, tiedA, tiedB] = [0, 0, 0, 0];
  for (let i = 0; i < top.length; i++) {
    for (let j = i + 1; j < top.length; j++) {
      const x = Math.sign(a[top[i]!]! - a[top[j]!]!);
      const y = Math.sign(b[top[i]!]! - b[top[j]!]!);
      if (x === 0 && y === 0) continue;
      if (x === 0) tiedA++;
      else if (y === 0) tiedB++;
      else if (x === y) agreeing++;
      else differing++;
    }
  }
  const scale = Math.sqrt((agreeing + differing + tiedA) * (agreeing + differing + tiedB));
  return scale === 0 ? 0 : (agreeing - differing) / scale;
}

/** Share of the first `k` of one that are among the first `k` of the other. */
export function topOverlap(a: ArrayLike<number>, b: ArrayLike<number>, k: number): number {
  const size = Math.min(k, a.length);
  if (size === 0) return 1;
  const first = new Set(order(a).slice(0, size));
  return (
    order(b)
      .slice(0, size)
      .filter((i) => first.has(i)).length / size
  );
}

/** Best first; ties by place. */
function order(scores: ArrayLike<number>): number[] {
  return Array.from({ length: scores.length }, (_, i) => i).sort((i, j) => scores[j]! - scores[i]! || i - j);
}

function ranks(scores: ArrayLike<number>): Float64Array {
  const sorted = order(scores);
  const result = new Float64Array(scores.length);
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    while (to < sorted.length && scores[sorted[to]!] === scores[sorted[from]!]) to++;
    for (let i = from; i < to; i++) result[sorted[i]!] = (from + 1 + to) / 2;
    from = to;
  }
  return result;
}
