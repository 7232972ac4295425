/** Merges ranked lists by taking from each in turn: no list's scores need to mean anything to another. */

/**
 * @param accept is asked once per place, unless the title was taken from another list; what it accepts is taken.
 * @returns at most `limit` distinct ids that `accept`, in order.
 */
export function takeInTurns(
  lists: readonly (readonly string[])[],
  limit: number,
  accept: (id: string, list: number, place: number) => boolean,
): string[] {
  const taken = new Set<string>();
  const next = lists.map(() => 0);
  for (let exhausted = 0; exhausted < lists.length && taken.size < limit; ) {
    exhausted = 0;
    for (let i = 0; i < lists.length && taken.size < limit; i++) {
      const list = lists[i]!;
      let place = next[i]!;
      while (place < list.length && (taken.has(list[place]!) || !accept(list[place]!, i, place))) place++;
      if (place < list.length) taken.add(list[place]!);
      else exhausted++;
      next[i] = place + 1;
    }
  }
  return [...taken];
}
