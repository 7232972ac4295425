/**
 * (XᵀX + λI)⁻¹ for a sparse 0/1 matrix X, on threads. Storage while it runs: doubles for one triangle, 4 n² bytes, and
 * two panels of 2 KB per row; 20,000 items take 1.7 GB.
 */
import { MarqueeError } from '@marquee/service-kit';
import { createKernelPool, defaultThreads } from '../../kernels/kernel-pool.ts';
import { createMemoryPlan, doubles, words } from '../../kernels/memory-plan.ts';
import type { TrainingOptions } from '../retrieval-model.ts';

/** As in the kernel. */
const TILE = 128;
const TILE_BYTES = TILE * TILE * 8;

/** Compressed rows: `places[start[i] .. start[i + 1]]`, ascending. */
export interface SparseRows {
  readonly start: Uint32Array;
  readonly places: Uint32Array;
}

export interface SymmetricMatrix {
  readonly size: number;
  /** Writes row i, `size` numbers. */
  row(i: number, into: Float64Array): void;
}

/** @throws MarqueeError DATA_CORRUPT when the matrix is not positive definite, which λ > 0 excludes */
export async function invertGram(
  users: SparseRows,
  items: SparseRows,
  lambda: number,
  options: Pick<TrainingOptions, 'threads' | 'signal' | 'onProgress'>,
): Promise<SymmetricMatrix> {
  const size = items.start.length - 1;
  const blocks = Math.ceil(size / TILE);
  const tileCount = (blocks * (blocks + 1)) / 2;
  const threads = options.threads ?? defaultThreads();
  const plan = createMemoryPlan();
  const tiles = plan.region(tileCount * TILE_BYTES);
  const pivot = plan.region(TILE_BYTES);
  const columns = plan.region(blocks * TILE_BYTES);
  const products = plan.region(blocks * TILE_BYTES);
  const sparse = [items.start, items.places, users.start, users.places].map((array) => ({
    array,
    region: plan.region(array.byteLength),
  }));
  // A row of the matrix, or a tile.
  const scratch = Array.from(
    { length: threads },
    () => plan.region(Math.max(blocks * TILE * 8, TILE_BYTES)).at,
  );
  const memory = plan.allocate(`inverting a matrix of ${size.toLocaleString('en-GB')} items`);
  for (const { array, region } of sparse) words(memory, region).set(array);

  const pool = createKernelPool({ memory, scratch, ...(options.signal && { signal: options.signal }) });
  try {
    await pool.run('gramRows', blocks, tiles.at, size, lambda, ...sparse.map(({ region }) => region.at));
    for (let k = 0; k < blocks; k++) {
      if ((await pool.run('invertPivot', 1, tiles.at, k, pivot.at)) > 0) {
        throw new MarqueeError('DATA_CORRUPT', `the item matrix is not positive definite with λ = ${lambda}`);
      }
      await pool.run('makePanel', blocks, tiles.at, k, pivot.at, columns.at, products.at);
      await pool.run('updateTile', tileCount, tiles.at, k, columns.at, products.at);
      options.onProgress?.(k + 1, blocks);
    }
  } finally {
    await pool.close();
  }
  const swept = doubles(memory, tiles);
  return {
    size,
    row(i, into) {
      const block = Math.floor(i / TILE);
      const inner = i % TILE;
      for (let j = 0; j < size; j++) {
        const other = Math.floor(j / TILE);
        const column = j % TILE;
        // The sweeps leave the negative inverse; tiles above the diagonal are those below, turned.
        const at =
          other <= block
            ? ((block * (block + 1)) / 2 + other) * TILE * TILE + inner * TILE + column
            : ((other * (other + 1)) / 2 + block) * TILE * TILE + column * TILE + inner;
        into[j] = -swept[at]!;
      }
    },
  };
}
