import { execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';

/** A process that keeps its code, and the environment that its threads are given. */
const SCRIPT = `
  import { Worker } from 'node:worker_threads';
  import { keepCompiledCode } from '${new URL('./compiled-code.ts', import.meta.url).href}';
  const folder = keepCompiledCode(process.env) ?? null;
  const code = "import { getCompileCacheDir } from 'node:module'; import { parentPort } from 'node:worker_threads';"
    + 'parentPort.postMessage(getCompileCacheDir() ?? null)';
  new Worker(new URL('data:text/javascript,' + encodeURIComponent(code))).once('message', (inThreads) => process.stdout.write(JSON.stringify({ folder, inThreads })));
`;

async function kept(environment: Record<string, string>): Promise<{ folder: string; inThreads: string }> {
  const run = promisify(execFile)(process.execPath, ['--input-type=module-typescript', '--eval', SCRIPT], {
    env: environment,
  });
  return JSON.parse((await run).stdout);
}

function folder(): string {
  const made = temporaryFolder();
  onTestFinished(made.remove);
  return made.path;
}

describe('compiled code', () => {
  it("is kept in the user's own folder, for threads as well", async () => {
    const caches = folder();
    const { folder: used, inThreads } = await kept({ XDG_CACHE_HOME: caches });
    expect(used).toBe(join(caches, 'marquee', 'compiled'));
    expect(inThreads.startsWith(used)).toBe(true);
    expect(readdirSync(used, { recursive: true }).length).toBeGreaterThan(1);
  });

  it('is kept where the environment says, or not at all', async () => {
    const said = folder();
    expect((await kept({ NODE_COMPILE_CACHE: said })).inThreads.startsWith(said)).toBe(true);
    const nowhere = { NODE_DISABLE_COMPILE_CACHE: '1', XDG_CACHE_HOME: said };
    expect(await kept(nowhere)).toEqual({ folder: null, inThreads: null });
  });

  it('is not kept where nothing can be written, and nothing fails', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    expect(await kept({ XDG_CACHE_HOME: file })).toEqual({ folder: null, inThreads: null });
  });
});
