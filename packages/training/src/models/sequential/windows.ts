/** What an epoch is made of: every interaction with what came before it, in pieces, in batches of similar length. */
import type { Random } from '@marquee/domain';

/** Targets `from + 1 … to`, the inputs are one earlier. */
export interface Window {
  readonly user: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Cuts users' sequences into windows of at most `maxLength` inputs. The cuts of long ones lie elsewhere every time, so that
 * no interaction is always the first of its window.
 * @param lengths items of each user's sequence
 */
export function drawWindows(lengths: Uint32Array, maxLength: number, random: Random): Window[] {
  const windows: Window[] = [];
  for (let user = 0; user < lengths.length; user++) {
    const targets = lengths[user]! - 1;
    if (targets < 1) continue;
    let from = 0;
    if (targets > maxLength) {
      const first = 1 + random.integer(maxLength);
      windows.push({ user, from: 0, to: first });
      from = first;
    }
    for (; from < targets; from += maxLength) {
      windows.push({ user, from, to: Math.min(targets, from + maxLength) });
    }
  }
  return windows;
}

/**
 * Groups of windows of similar length, filled up to at most `positions` together, in random order. A single window may be
 * longer than that.
 */
export function packWindows(windows: readonly Window[], positions: number, random: Random): Window[][] {
  const length = ({ from, to }: Window): number => to - from;
  const sorted = random.shuffle(windows).sort((a, b) => length(a) - length(b));
  const groups: Window[][] = [];
  let group: Window[] = [];
  for (const window of sorted) {
    // Ascending: the newest is the longest, and all are filled up to it.
    if (group.length > 0 && (group.length + 1) * length(window) > positions) {
      groups.push(group);
      group = [];
    }
    group.push(window);
  }
  if (group.length > 0) groups.push(group);
  return random.shuffle(groups);
}
