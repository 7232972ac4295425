/** Merges ranked lists by taking from each in turn: no list's scores need to mean anything to another. */

/** @returns at most `limit` distinct ids that `accept`, in order. */
export function takeInTurns(
  lists: readonly (readonly string[])[],
  limit: number,
  accept: (id: string) => boolean,
): string[] {
  const taken = new Set<string>();
  const next = lists.map(() => 0);
  for (let exhausted = 0; exhausted < lists.length && taken.size < limit; ) {
    exhausted = 0;
    for (const [i, list] of lists.entries()) {
      let place = next[i]!;
      while (place < list.length && (taken.has(list[place]!) || !accept(list[place]!))) place++;
      if (place < list.length) taken.add(list[place]!);
      else exhausted++;
      next[i] = place + 1;
      if (taken.size === limit) break;
    }
  }
  return [...taken];
}
