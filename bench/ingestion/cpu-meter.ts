/** CPU time of processes, from /proc: zero where there is none (other systems, ended processes). */
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ, which is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

/** Milliseconds of user and system time; with `children`, also those of its living children. */
export function cpuMs(pid: number, children = false): number {
  const own = statOf(pid)?.cpuMs ?? 0;
  if (!children) return own;
  return own + childrenOf(pid).reduce((sum, child) => sum + cpuMs(child, true), 0);
}

/** Processes that it began and that live, without theirs. */
export function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && statOf(Number(name))?.parent === pid)
      .map(Number);
  } catch {
    return [];
  }
}

function statOf(pid: number): { parent: number; cpuMs: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold spaces.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS };
  } catch {
    return undefined;
  }
}
