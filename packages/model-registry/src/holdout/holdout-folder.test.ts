import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@marquee/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { generated } from '../test/models.ts';
import { holdoutNames, readHoldout, writeHoldout } from './holdout-folder.ts';

it('gives a holdout set back as it was, the latest by default, and refuses a damaged one', async () => {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const [older, bare] = [generated(10, 1), generated(20, 2)];
  const newer = { ...bare, decidedAt: Uint32Array.from(bare.labels, (_, row) => 1_770_000_000 + row) };
  const first = await writeHoldout(folder.path, older, 1_000);
  const second = await writeHoldout(folder.path, newer, 2_000);
  expect(await holdoutNames(folder.path)).toEqual([first, second]);
  expect(await readHoldout(folder.path)).toMatchObject(newer);
  expect(await readHoldout(folder.path, first)).toMatchObject(older);
  truncateSync(join(folder.path, '.holdouts', second, 'examples.bin'), 100);
  await expect(readHoldout(folder.path)).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
  await expect(readHoldout(folder.path, 'none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('refuses a set that examines nothing', async () => {
  const set = generated(4, 1);
  const refused = (change: object) =>
    expect(writeHoldout('/nowhere', { ...set, ...change }, 0)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  await refused({ labels: new Float32Array(set.rows) });
  await refused({ weights: new Float32Array(1) });
  await refused({ groups: Uint32Array.from({ length: set.rows }, (_, row) => row % 2) });
});
