/** One or two queries of one filter on their way through the chunks: their codes, their limits and their best. */
import type { ChunkFilter } from './chunk-filter.ts';
import { encodeQuery } from './codes.ts';
import { chunkAt, LIMITS, type MemoryLayout } from './memory-layout.ts';
import type { CompiledQuery } from './messages.ts';
import { TopK } from './top-k.ts';
import type { SharedMemory } from './webassembly.ts';

type Find = (
  queries: number,
  limits: number,
  codes: number,
  scales: number,
  reaches: number,
  stride: number,
  count: number,
  places: number,
) => number;

/** The exports of `assembly/scan.ts`. */
export interface Kernel {
  readonly findForOne: Find;
  readonly findForTwo: Find;
  score(query: number, rows: number, stride: number, places: number, count: number, scores: number): void;
}

/** The worker's own part of the memory, as numbers. */
export interface Workbench {
  readonly kernel: Kernel;
  readonly layout: MemoryLayout;
  readonly floats: Float32Array;
  readonly integers: Uint32Array;
  readonly shorts: Int16Array;
}

export function createWorkbench(kernel: Kernel, layout: MemoryLayout, memory: SharedMemory): Workbench {
  const { buffer } = memory;
  return {
    kernel,
    layout,
    floats: new Float32Array(buffer, 0, layout.chunksAt / 4),
    integers: new Uint32Array(buffer, 0, layout.chunksAt / 4),
    shorts: new Int16Array(buffer, 0, layout.chunksAt / 2),
  };
}

export class QueryPair {
  readonly heaps: readonly TopK[];
  readonly #bench: Workbench;
  readonly #codesAt: number;
  readonly #queriesAt: number;
  readonly #limitsAt: number;

  /**
   * @param number below BATCH_QUERIES and different for pairs in use at one time.
   * @param queries one or two.
   * @param ids by slot.
   */
  constructor(
    bench: Workbench,
    number: number,
    queries: readonly CompiledQuery[],
    ids: readonly (string | undefined)[],
  ) {
    const { layout, floats, shorts } = bench;
    this.#bench = bench;
    this.#codesAt = layout.queryCodesAt + number * 2 * layout.codeStride * 2;
    this.#queriesAt = layout.queriesAt + number * 2 * layout.rowBytes;
    this.#limitsAt = layout.limitsAt + number * 2 * LIMITS * 4;
    this.heaps = queries.map(({ k }) => new TopK(k, ids));
    for (const [i, { vector }] of queries.entries()) {
      const { scale, reach } = encodeQuery(vector, shorts, this.#codesAt / 2 + i * 8, layout);
      const limits = this.#limitsAt / 4 + i * LIMITS;
      floats[limits] = scale;
      floats[limits + 1] = reach;
      const at = (this.#queriesAt + i * layout.rowBytes) / 4;
      floats.fill(0, at, at + layout.stride);
      floats.set(vector, at);
    }
  }

  /** Whether anything that passes the filter would be among the best. */
  get open(): boolean {
    return this.heaps.some(({ threshold }) => threshold === Number.NEGATIVE_INFINITY);
  }

  /** Offers the heaps what of a chunk can still enter and passes. */
  scan(filter: ChunkFilter, from: number, count: number): void {
    const { kernel, layout, floats } = this.#bench;
    for (const [i, { threshold }] of this.heaps.entries()) {
      floats[this.#limitsAt / 4 + i * LIMITS + 2] = threshold;
    }
    const chunk = chunkAt(layout, from);
    const rows = Math.ceil(count / 4) * 4;
    const find = this.heaps.length === 2 ? kernel.findForTwo : kernel.findForOne;
    const found = find(
      this.#codesAt,
      this.#limitsAt,
      chunk + layout.codesIn,
      chunk,
      chunk + layout.reachesIn,
      layout.codeStride,
      rows,
      layout.placesAt,
    );
    this.#offer(0, layout.placesAt, found & 0xffff, filter, from, count);
    if (this.heaps.length === 2) {
      this.#offer(1, layout.placesAt + rows * 4, found >>> 16, filter, from, count);
    }
  }

  #offer(
    query: number,
    placesAt: number,
    found: number,
    filter: ChunkFilter,
    from: number,
    count: number,
  ): void {
    const { kernel, layout, floats, integers } = this.#bench;
    const heap = this.heaps[query]!;
    const places = placesAt / 4;
    const scores = layout.scoresAt / 4;
    // Rows that only fill up the last four.
    while (found > 0 && integers[places + found - 1]! >= count) found--;
    // Before they are scored: under a narrow filter most of them do not pass.
    const kept = filter.keep(integers, places, found);
    if (kept === 0) return;
    const queryAt = this.#queriesAt + query * layout.rowBytes;
    const vectorsAt = chunkAt(layout, from) + layout.vectorsIn;
    kernel.score(queryAt, vectorsAt, layout.stride, placesAt, kept, layout.scoresAt);
    for (let i = 0; i < kept; i++) {
      const score = floats[scores + i]!;
      // The threshold rises on the way. NaN, which huge finite vectors can give, is nobody's neighbour.
      if (score >= heap.threshold) heap.offer(from + integers[places + i]!, score);
    }
  }
}
