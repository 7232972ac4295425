import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

it('the example in docs/how-to/train-trees.md runs as it is', async () => {
  const document = await readFile(new URL('../../../../docs/how-to/train-trees.md', import.meta.url), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(document)![1]!;
  const node = spawn(process.execPath, ['--input-type=module-typescript'], {
    cwd: new URL('../..', import.meta.url),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  node.stdin.end(example);
  const [said, complaints, [code]] = await Promise.all([
    text(node.stdout),
    text(node.stderr),
    once(node, 'close'),
  ]);
  expect(complaints).toBe('');
  expect(said).toContain('gain by column');
  expect(code).toBe(0);
}, 60_000);
