/** docs/bad-input.md promises tests by name: each has to be there. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const ROOT = new URL('../../../', import.meta.url);

it('every handling of bad input has the test that the document names', async () => {
  const document = await readFile(new URL('docs/bad-input.md', ROOT), 'utf8');
  const promises = [...document.matchAll(/`([\w/.-]+\.ts)`: ([^|]+?)\s*\|/g)];
  expect(promises.length).toBeGreaterThan(20);
  const missing: string[] = [];
  for (const [, file, test] of promises) {
    const text = await readFile(new URL(file!, ROOT), 'utf8').catch(() => '');
    if (!text.includes(test!)) missing.push(`${file}: ${test}`);
  }
  expect(missing).toEqual([]);
});
