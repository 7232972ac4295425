/**
 * A short, readable difference of two texts by lines: enough for a person to see what moved in a generated
 * file. The common beginning and end are cut off first; what is left is compared as a set of lines, because
 * a schema reads the same whatever order its lines have.
 */
const MAX_LINES = 20;

/** `-` lines only in `before`, `+` lines only in `after`; at most 20, then a count. */
export function summariseDifference(before: string, after: string): readonly string[] {
  const old = before.split('\n');
  const next = after.split('\n');
  let start = 0;
  while (start < old.length && start < next.length && old[start] === next[start]) start++;
  let end = 0;
  while (end < old.length - start && end < next.length - start && old.at(-1 - end) === next.at(-1 - end))
    end++;
  const lost = onlyIn(old.slice(start, old.length - end), next.slice(start, next.length - end));
  const gained = onlyIn(next.slice(start, next.length - end), old.slice(start, old.length - end));
  const lines = [...lost.map((line) => `- ${line}`), ...gained.map((line) => `+ ${line}`)];
  if (lines.length === 0) return ['(only the order of lines changed)'];
  const rest = lines.length - MAX_LINES;
  return rest > 0 ? [...lines.slice(0, MAX_LINES), `... and ${rest} more lines`] : lines;
}

function onlyIn(lines: readonly string[], others: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = counts.get(line) ?? 0;
    if (count > 0) counts.set(line, count - 1);
    return count === 0 && line.trim() !== '';
  });
}
