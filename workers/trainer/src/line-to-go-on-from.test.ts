import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DAY_MS } from '@marquee/domain';
import { RANKING_COLUMNS } from '@marquee/features';
import { SAMPLE_INSTANT, temporaryFolder } from '@marquee/testkit';
import { rankingExamples, trainRanker } from '@marquee/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ancestry, lineToGoOnFrom } from './line-to-go-on-from.ts';

const GROUPS = 320;
const columns = RANKING_COLUMNS.length;
const root = temporaryFolder();
afterAll(root.remove);

/** One that learned up to the end of that day. */
async function ranker(day: number, parent?: string): Promise<string> {
  const rows = GROUPS * 5;
  const end = SAMPLE_INSTANT + day * DAY_MS;
  const matrix = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i * 7.3));
  const path = await trainRanker(
    rankingExamples({
      ...{ matrix, rows, from: end - DAY_MS, to: end },
      at: new Float64Array(rows).fill(end),
      labels: Float32Array.from({ length: rows }, (_, row) => Number(row % 5 === 0)),
      groups: Uint32Array.from({ length: rows }, (_, row) => Math.floor(row / 5)),
    }),
    { now: end + 1_000, folder: root.path, seed: 1, ...(parent && { parent }) },
  );
  return path.slice(root.path.length + 1);
}

const chain: string[] = [];
beforeAll(async () => {
  await mkdir(root.path, { recursive: true });
  for (let day = 0; day < 4; day++) chain.push(await ranker(day, chain.at(-1)));
});

const asked = (more: Partial<Ancestry>) =>
  lineToGoOnFrom({
    ...{ modelsFolder: root.path, production: chain[3], from: SAMPLE_INSTANT - 30 * DAY_MS },
    ...{ erasures: [], reached: new Map(), ...more },
  });

describe('which ranker the next one goes on from', () => {
  it('is the newest that had ended before the window begins', async () => {
    const found = await asked({ from: SAMPLE_INSTANT + 1.5 * DAY_MS });
    expect(found).toMatchObject({ version: chain[1], learnedTo: SAMPLE_INSTANT + DAY_MS });
    expect((await asked({ from: SAMPLE_INSTANT + 9 * DAY_MS }))?.version).toBe(chain[3]);
  });

  it('is the first there was where the window reaches beyond it', async () => {
    expect((await asked({}))?.version).toBe(chain[0]);
  });

  it('is none where nothing serves, or what serves is unknown', async () => {
    expect(await asked({ production: undefined })).toBeUndefined();
    expect(await asked({ production: 'home-ranker-gone' })).toBeUndefined();
  });

  it('is none that may have learned from somebody who was erased since', async () => {
    const erasure = { partition: 0, sequence: 70, at: SAMPLE_INSTANT + 2.5 * DAY_MS };
    // The newest was made after the erasure, the others before it.
    expect((await asked({ erasures: [erasure] }))?.version).toBe(chain[3]);
    const late = { ...erasure, at: SAMPLE_INSTANT + 9 * DAY_MS };
    expect(await asked({ erasures: [late] })).toBeUndefined();
    // Where a run says how far it had read, that decides.
    const reached = new Map([[chain[3]!, { '0': 69 }]]);
    expect(await asked({ erasures: [erasure], reached })).toBeUndefined();
    expect((await asked({ erasures: [late], reached: new Map([[chain[3]!, { '0': 70 }]]) }))?.version).toBe(
      chain[3],
    );
  });

  it('goes past one whose belief is damaged, and not past one that is not there', async () => {
    const belief = join(root.path, chain[0]!, 'belief.json');
    const whole = await readFile(belief);
    await writeFile(belief, whole.subarray(0, 100));
    expect((await asked({}))?.version).toBe(chain[1]);
    await writeFile(belief, whole);
    await rm(join(root.path, chain[1]!), { recursive: true });
    expect((await asked({}))?.version).toBe(chain[2]);
  });
});
