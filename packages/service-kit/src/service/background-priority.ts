/**
 * Going after others for the processor, for processes whose work nobody waits for.
 *
 * A Linux with autogroups, as most distributions have it, shares the processor among sessions before it looks at the
 * priorities of their threads: a process with a session of its own, which is what supervisors start, would have as much as
 * any other however low it is. Such a process lowers its session, too (sched(7), "The autogroup feature").
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/** To be called before there are threads: those that come later have what the first one has. */
export function goAfterOthers(): void {
  const priority = constants.priority.PRIORITY_BELOW_NORMAL;
  setPriority(0, priority);
  if (process.platform !== 'linux') return;
  try {
    // Of a session that it only takes part in, others may be who is waited for.
    if (sessionOf(readFileSync('/proc/self/stat', 'utf8')) !== process.pid) return;
    writeFileSync('/proc/self/autogroup', String(priority));
  } catch {
    // A kernel without autogroups, or a /proc that nobody may write to: then it is as it was.
  }
}

/** @param stat of proc(5): the name in brackets may have spaces and brackets; behind it state, parent, group, session. */
function sessionOf(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
}
