import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '@marquee/local-servers';
import { waitUntil } from '@marquee/testkit';
import { afterEach, expect, it } from 'vitest';

const SUPERVISOR = fileURLToPath(new URL('./test/supervisor.process.ts', import.meta.url));

let supervisor: ChildProcess | undefined;
afterEach(() => supervisor?.kill('SIGKILL'));

it.each(['SIGTERM', 'SIGKILL'] as const)(
  'what a supervisor has started ends with it, also when it ends by %s',
  async (signal) => {
    supervisor = spawn(process.execPath, [SUPERVISOR, String(await freePort())], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(supervisor.stdout!, 'data')) as [Buffer];
    const pid = Number(String(line));
    expect(isThere(pid)).toBe(true);
    supervisor.kill(signal);
    await waitUntil(() => !isThere(pid), { what: 'the end of the supervised process' });
  },
);

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
