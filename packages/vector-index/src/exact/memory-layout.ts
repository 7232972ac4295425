/**
 * How one collection lies in its WebAssembly memory. The memory is shared: the main thread writes rows and
 * reads vectors, the worker thread scans. What the worker alone writes stands first:
 *
 *     scores of one chunk for two queries | places in it | queries of one batch | row 0 | row 1 | …
 *
 * A row is the vector padded with zeros to a multiple of four floats, the kernel's step.
 */

import { Memory, type SharedMemory } from './webassembly.ts';

/** Rows scored per call of the kernel: 512 KB at 64 dimensions, so a batch of queries reads them from cache. */
export const CHUNK_ROWS = 2_048;
/** Queries that pass over the rows together: even, because the kernel takes two at a time. */
export const BATCH_QUERIES = 16;

const FLOAT_BYTES = 4;
const PAGE_BYTES = 65_536;
/** What 32-bit WebAssembly can address, 4 GiB; reserved as addresses, not as memory. */
const MAX_PAGES = 65_536;

export interface MemoryLayout {
  /** Floats per row. */
  readonly stride: number;
  /** Addresses and sizes in bytes. */
  readonly scoresAt: number;
  readonly placesAt: number;
  readonly queriesAt: number;
  readonly rowsAt: number;
  readonly rowBytes: number;
  readonly maxRows: number;
}

export function memoryLayout(dimensions: number): MemoryLayout {
  const stride = Math.ceil(dimensions / 4) * 4;
  const rowBytes = stride * FLOAT_BYTES;
  const placesAt = 2 * CHUNK_ROWS * FLOAT_BYTES;
  const queriesAt = placesAt + CHUNK_ROWS * 4;
  // Rows begin on a cache line.
  const rowsAt = Math.ceil((queriesAt + BATCH_QUERIES * rowBytes) / 64) * 64;
  const maxRows = Math.floor((MAX_PAGES * PAGE_BYTES - rowsAt) / rowBytes);
  return { stride, scoresAt: 0, placesAt, queriesAt, rowsAt, rowBytes, maxRows };
}

function pagesFor(layout: MemoryLayout, rows: number): number {
  return Math.ceil((layout.rowsAt + rows * layout.rowBytes) / PAGE_BYTES);
}

export function createMemory(layout: MemoryLayout, rows: number): SharedMemory {
  return new Memory({ initial: pagesFor(layout, rows), maximum: MAX_PAGES, shared: true });
}

/** Every thread that holds the memory sees the new size at once. @throws RangeError when there is no more. */
export function growMemory(memory: SharedMemory, layout: MemoryLayout, rows: number): void {
  const missing = pagesFor(layout, rows) - memory.buffer.byteLength / PAGE_BYTES;
  if (missing > 0) memory.grow(missing);
}
