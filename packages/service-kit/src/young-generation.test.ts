import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Objects of one line of code that are all still in use at the first collections, from which V8 learns. */
const SCRIPT = `
  import { makeObjectsYoung } from '${new URL('./young-generation.ts', import.meta.url).href}';
  if (process.argv.includes('young')) makeObjectsYoung();
  const kept = [];
  for (let i = 0; i < 1_500_000; i++) kept.push({ of: { list: [i, i + .5], number: i } });
  process.stdout.write(kept.length + ' made');
`;

/** How many lines of code V8 has decided about, as it says itself, that their objects are old. */
async function decisions(...args: string[]): Promise<number> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--trace-pretenuring-statistics',
      '--predictable-gc-schedule',
      '--input-type=module-typescript',
      '--eval',
      SCRIPT,
      ...args,
    ],
    { maxBuffer: 2 ** 24 },
  );
  expect(stdout).toContain('1500000 made');
  return stdout.split('=> tenure\n').length - 1;
}

it('no line of code makes its objects in old memory, however long earlier ones have lived', async () => {
  expect(await decisions()).toBeGreaterThan(0);
  expect(await decisions('young')).toBe(0);
});
