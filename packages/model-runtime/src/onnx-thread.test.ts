/** In a process of its own: whether it reports is decided when onnxruntime is first loaded, and a machine that checks changes is left alone. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '@marquee/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { writeModelFolder } from '../test/write-model-folder.ts';

const SCORE = `(async () => {
  const { createOnnxRuntime } = await import(process.argv[1]);
  const { silentLogger } = await import('@marquee/service-kit');
  const runtime = createOnnxRuntime({ threads: 1, columns: ['a'], featureViews: {}, logger: silentLogger });
  await runtime.start();
  await runtime.load(process.argv[2]);
  process.stdout.write(runtime.current.version);
  await runtime.stop();
})()`;

describe('a process that scores', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());

  it('reports to nobody, and leaves nothing in the home directory', async () => {
    const model = await writeModelFolder({
      version: 'v1',
      columns: ['a'],
      weights: [1],
      bias: 0,
      featureViews: {},
    });
    const { PATH } = process.env;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['-e', SCORE, fileURLToPath(new URL('./onnx/index.ts', import.meta.url)), model],
      { env: { PATH, HOME: folder.path, TMPDIR: folder.path }, cwd: import.meta.dirname },
    );
    expect(stdout).toBe('v1');
    expect(await readdir(folder.path)).toEqual([]);
  });
});
