/**
 * How one collection lies in its WebAssembly memory. The memory is shared: the main thread writes rows and
 * reads vectors, the worker thread scans. What the worker alone writes stands first, then come the rows in
 * chunks, each with what the first step of a scan reads in front of what the second reads:
 *
 *     places and scores in one chunk for two queries | limits, codes and vectors of the queries of one batch |
 *     chunk 0: scales | reaches | codes | vectors | chunk 1: …
 *
 * Codes are int8, padded with zeros to a multiple of 16, the rest is float32; vectors are padded with zeros to a
 * multiple of four. See `codes.ts` for what they mean.
 */

import { Memory, type SharedMemory } from './webassembly.ts';

/**
 * Rows looked at per call of the kernel: at 64 dimensions their codes take 128 KB, so the queries of a batch read
 * them from the processor's cache. The kernel counts in 16 bits and wants a multiple of four.
 */
export const CHUNK_ROWS = 2_048;
/** Queries that pass over the rows together. */
export const BATCH_QUERIES = 16;
/** Every query may come to stand in a pair of its own. */
const BATCH_PLACES = 2 * BATCH_QUERIES;
/** Scale, reach and threshold of a query. */
export const LIMITS = 3;

const FLOAT_BYTES = 4;
const PAGE_BYTES = 65_536;
/** What 32-bit WebAssembly can address, 4 GiB; reserved as addresses, not as memory. */
const MAX_PAGES = 65_536;

/** Addresses and sizes in bytes, strides in values. */
export interface MemoryLayout {
  readonly dimensions: number;
  /** Floats per vector. */
  readonly stride: number;
  /** Codes per vector. */
  readonly codeStride: number;
  readonly placesAt: number;
  readonly scoresAt: number;
  readonly limitsAt: number;
  readonly queryCodesAt: number;
  readonly queriesAt: number;
  readonly chunksAt: number;
  readonly chunkBytes: number;
  /** From a chunk's beginning. */
  readonly reachesIn: number;
  readonly codesIn: number;
  readonly vectorsIn: number;
  /** Of one vector. */
  readonly rowBytes: number;
  readonly maxRows: number;
}

export function memoryLayout(dimensions: number): MemoryLayout {
  const stride = upTo(4, dimensions);
  const codeStride = upTo(16, dimensions);
  const rowBytes = stride * FLOAT_BYTES;
  const scoresAt = 2 * CHUNK_ROWS * 4;
  const limitsAt = scoresAt + CHUNK_ROWS * FLOAT_BYTES;
  const queryCodesAt = upTo(64, limitsAt + BATCH_PLACES * LIMITS * FLOAT_BYTES);
  const queriesAt = queryCodesAt + BATCH_PLACES * codeStride * 2;
  // Chunks, and with them codes and vectors, begin on a cache line.
  const chunksAt = upTo(64, queriesAt + BATCH_PLACES * rowBytes);
  const reachesIn = CHUNK_ROWS * FLOAT_BYTES;
  const codesIn = reachesIn + CHUNK_ROWS * FLOAT_BYTES;
  const vectorsIn = codesIn + CHUNK_ROWS * codeStride;
  const chunkBytes = vectorsIn + CHUNK_ROWS * rowBytes;
  return {
    dimensions,
    stride,
    codeStride,
    placesAt: 0,
    scoresAt,
    limitsAt,
    queryCodesAt,
    queriesAt,
    chunksAt,
    chunkBytes,
    reachesIn,
    codesIn,
    vectorsIn,
    rowBytes,
    maxRows: Math.floor((MAX_PAGES * PAGE_BYTES - chunksAt) / chunkBytes) * CHUNK_ROWS,
  };
}

function upTo(multiple: number, value: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** Where the chunk of a slot begins. */
export function chunkAt({ chunksAt, chunkBytes }: MemoryLayout, slot: number): number {
  return chunksAt + Math.floor(slot / CHUNK_ROWS) * chunkBytes;
}

function pagesFor({ chunksAt, chunkBytes }: MemoryLayout, rows: number): number {
  return Math.ceil((chunksAt + Math.ceil(rows / CHUNK_ROWS) * chunkBytes) / PAGE_BYTES);
}

export function createMemory(layout: MemoryLayout, rows: number): SharedMemory {
  return new Memory({ initial: pagesFor(layout, rows), maximum: MAX_PAGES, shared: true });
}

/** Every thread that holds the memory sees the new size at once. @throws RangeError when there is no more. */
export function growMemory(memory: SharedMemory, layout: MemoryLayout, rows: number): void {
  const missing = pagesFor(layout, rows) - memory.buffer.byteLength / PAGE_BYTES;
  if (missing > 0) memory.grow(missing);
}
