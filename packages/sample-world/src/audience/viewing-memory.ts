/** What a simulated viewer did so far, as far as it decides what they are shown and do next. Titles by index. */
export interface ViewingMemory {
  readonly finished: number[];
  /** Most recent last; at most `MAX_UNFINISHED`. */
  readonly unfinished: { readonly title: number; readonly positionSeconds: number }[];
  /** Hidden or disliked. */
  readonly refused: number[];
  readonly saved: number[];
  /** Person ids. */
  readonly followed: string[];
}

const MAX_UNFINISHED = 4;

export function emptyMemory(): ViewingMemory {
  return { finished: [], unfinished: [], refused: [], saved: [], followed: [] };
}

/** Nothing a viewer knows is suggested to them again. */
export function knows(memory: ViewingMemory, title: number): boolean {
  return (
    memory.finished.includes(title) ||
    memory.refused.includes(title) ||
    memory.unfinished.some((entry) => entry.title === title)
  );
}

export function remember(memory: ViewingMemory, title: number, positionSeconds: number | 'finished'): void {
  const known = memory.unfinished.findIndex((entry) => entry.title === title);
  if (known >= 0) memory.unfinished.splice(known, 1);
  if (positionSeconds === 'finished') {
    if (!memory.finished.includes(title)) memory.finished.push(title);
    return;
  }
  memory.unfinished.push({ title, positionSeconds });
  if (memory.unfinished.length > MAX_UNFINISHED) memory.unfinished.shift();
}
