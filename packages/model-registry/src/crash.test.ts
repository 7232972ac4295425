import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@marquee/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { ModelRegistry } from './model-registry.ts';
import { trainedModel } from './test/models.ts';

const WRITER = fileURLToPath(new URL('./test/restless-writer.process.ts', import.meta.url));

it('keeps every finished move and no half of one, however often its writers are killed', async () => {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  await trainedModel(folder.path, 'a');
  const registry = new ModelRegistry({ modelsFolder: folder.path, clock: { now: () => 0 } });
  await registry.adopt('ranker-a', { by: 'ada', why: 'a test' });
  let finished = 1;
  for (let round = 0; round < 3; round++) {
    const writers = [0, 1].map(() => spawn(process.execPath, [WRITER, folder.path]));
    await Promise.all(
      writers.map(async (writer, i) => {
        let moves = 0;
        let complaint = '';
        writer.stderr.on('data', (chunk: Buffer) => {
          complaint += chunk;
        });
        const closed = once(writer, 'close');
        writer.stdout.on('data', (chunk: Buffer) => {
          moves += chunk.length;
          // In the midst of the next one, at another place every time.
          if (moves > 4 + round + i) writer.kill('SIGKILL');
        });
        await closed;
        expect(complaint).toBe('');
        finished += moves;
      }),
    );
    const { revision, state } = await registry.current();
    const history = await registry.history(Number.POSITIVE_INFINITY);
    expect(history.map((move) => move.revision)).toEqual(
      Array.from({ length: revision }, (_, i) => revision - i),
    );
    // A move may be finished without having been told: of each writer that was killed, one.
    expect(revision).toBeGreaterThanOrEqual(finished);
    expect(revision).toBeLessThanOrEqual(finished + 2 * (round + 1));
    // Pins and unpins take turns, whoever made them.
    const kinds = history.slice(0, -1).map(({ kind }) => kind);
    for (const [i, kind] of kinds.slice(1).entries()) {
      if (kind === 'unpin') expect(kinds[i]).toBe('pin');
    }
    expect(state.pinned).toBe(history[0]!.kind === 'pin' ? 'ranker-a' : null);
  }
});
