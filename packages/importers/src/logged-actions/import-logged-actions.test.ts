import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@marquee/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { importLoggedActions } from './import-logged-actions.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
async function file(text: string): Promise<string> {
  const path = join(folder.path, `${Math.abs(text.length)}.csv`);
  await writeFile(path, text);
  return path;
}

describe('logs of shown actions', () => {
  it('are read by the names of their columns; others are left alone', async () => {
    const path = await file(
      ',timestamp,item_id,position,click,propensity_score,x\n0,now,14,3,0,0.25,9\n1,now,7,1,1,1,9\n',
    );
    expect(await importLoggedActions(path)).toEqual({
      actions: ['14', '7'],
      positions: ['3', '1'],
      rewards: [0, 1],
      propensities: [0.25, 1],
      rejected: 0,
    });
  });

  it('rows without a chance are counted, and the first is named with its line', async () => {
    const path = await file(
      'item_id,position,click,propensity_score\na,1,0,0\nb,1,0,0.5\nc,1,yes,0.5\n,1,1,0.5\n',
    );
    const log = await importLoggedActions(path);
    expect(log).toMatchObject({ actions: ['b'], rejected: 3 });
    expect(log.firstReject).toMatch(/:2: propensity_score "0" is not above 0/);
  });

  it('a file that lacks a column, or holds nothing usable, is refused', async () => {
    await expect(importLoggedActions(await file('item_id,position\na,1\n'))).rejects.toThrow(
      /lacks the columns click, propensity_score/,
    );
    await expect(
      importLoggedActions(await file('item_id,position,click,propensity_score\na,1,0,2\n')),
    ).rejects.toThrow(/no usable row; .*propensity_score "2"/);
  });
});
