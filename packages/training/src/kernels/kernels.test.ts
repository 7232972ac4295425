import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { compileKernels, KERNELS_URL } from '../../assembly/build.ts';
import { createKernelPool } from './kernel-pool.ts';
import { createMemoryPlan } from './memory-plan.ts';

describe('the kernels', () => {
  it('are what their sources compile to', async () => {
    expect(Buffer.from(await compileKernels()).equals(await readFile(KERNELS_URL))).toBe(true);
  });

  it('bring no data that an instance would write over memory in use', async () => {
    const bytes = await readFile(KERNELS_URL);
    expect(sections(bytes)).not.toContain(DATA_SECTION);
    expect(sections(bytes)).toContain(CODE_SECTION);
  });

  it('an unknown one is an error of ours, and the pool still ends', async () => {
    const plan = createMemoryPlan();
    const scratch = plan.region(64).at;
    const pool = createKernelPool({ memory: plan.allocate('a test'), scratch: [scratch] });
    try {
      await expect(pool.run('nothing', 1)).rejects.toThrow('there is no kernel nothing');
    } finally {
      await pool.close();
    }
    await expect(pool.run('gramRows', 1)).rejects.toThrow('ended');
  });

  it('more memory than can be addressed is refused with the amount', () => {
    const plan = createMemoryPlan();
    plan.region(5e9);
    expect(() => plan.allocate('the matrix')).toThrow(/the matrix needs 5\.0 GB/);
  });
});

const CODE_SECTION = 10;
const DATA_SECTION = 11;

/** Ids of a module's sections. */
function sections(bytes: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    ids.push(bytes[at++]!);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at += size;
  }
  return ids;
}
