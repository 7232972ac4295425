/** One collection as the worker thread sees it: which slots may be found, and the scan over them. */

import { ChunkFilter } from './chunk-filter.ts';
import { type Columns, viewColumns } from './columns.ts';
import { BATCH_QUERIES, CHUNK_ROWS, type MemoryLayout, memoryLayout } from './memory-layout.ts';
import { type CompiledQuery, type Neighbours, type ScanRequest, sharedNow } from './messages.ts';
import { TopK } from './top-k.ts';
import { Instance, type SharedMemory, type WasmModule } from './webassembly.ts';

type Publish = Extract<ScanRequest, { type: 'publish' }>;
/** The exports of `assembly/scan.ts`. */
interface Kernel {
  scan(query: number, rows: number, stride: number, count: number, scores: number): void;
  scanTwo(queries: number, rows: number, stride: number, count: number, scores: number): void;
  atLeast(scores: number, count: number, threshold: number, places: number): number;
}

/** Queries that stand side by side and have one filter: it is evaluated once for all of them. */
interface FilterGroup {
  readonly filter: ChunkFilter;
  readonly first: number;
  readonly end: number;
}

export class ScannedCollection {
  readonly #layout: MemoryLayout;
  readonly #memory: SharedMemory;
  readonly #kernel: Kernel;
  /** By slot. An id stays after its slot is retired, until the slot is used again. */
  readonly #ids: (string | undefined)[] = [];
  #live: Uint8Array = new Uint8Array(CHUNK_ROWS);
  #columns: Columns;

  constructor(kernel: WasmModule, { memory, dimensions, columns }: Publish) {
    this.#layout = memoryLayout(dimensions);
    this.#memory = memory;
    this.#kernel = new Instance(kernel, { env: { memory } }).exports as unknown as Kernel;
    this.#columns = viewColumns(columns);
  }

  publish({ slots, ids, retired, columns }: Publish): void {
    this.#columns = viewColumns(columns);
    const highest = slots.reduce((max, slot) => Math.max(max, slot), 0);
    if (highest >= this.#live.length) {
      const grown = new Uint8Array(Math.max(highest + 1, this.#live.length * 2));
      grown.set(this.#live);
      this.#live = grown;
    }
    for (const [index, slot] of slots.entries()) {
      this.#ids[slot] = ids[index]!;
      this.#live[slot] = 1;
    }
    for (const slot of retired) this.#live[slot] = 0;
  }

  /** One answer per query, or undefined when `deadlineAt` passes during the scan. */
  search(queries: readonly CompiledQuery[], deadlineAt: number): Neighbours[] | undefined {
    const answers: Neighbours[] = [];
    for (let first = 0; first < queries.length; first += BATCH_QUERIES) {
      const batch = queries.slice(first, first + BATCH_QUERIES);
      const heaps = this.#searchBatch(batch, deadlineAt);
      if (heaps === undefined) return undefined;
      for (const heap of heaps) answers.push(heap.take());
    }
    return answers;
  }

  #searchBatch(queries: readonly CompiledQuery[], deadlineAt: number): TopK[] | undefined {
    const { stride, queriesAt } = this.#layout;
    const vectors = new Float32Array(this.#memory.buffer, queriesAt, BATCH_QUERIES * stride).fill(0);
    for (const [index, { vector }] of queries.entries()) vectors.set(vector, index * stride);
    const heaps = queries.map(({ k }) => new TopK(k, this.#ids));
    const groups = this.#groupByFilter(queries);
    for (let from = 0; from < this.#ids.length; from += CHUNK_ROWS) {
      if (sharedNow() >= deadlineAt) return undefined;
      const count = Math.min(CHUNK_ROWS, this.#ids.length - from);
      for (const { filter, first, end } of groups) {
        filter.begin(from, count);
        // As long as anything can still be among the best, a chunk is worth its scan only if something passes.
        const open = heaps.slice(first, end).some(({ threshold }) => threshold === Number.NEGATIVE_INFINITY);
        if (open && !filter.any()) continue;
        for (let query = first; query < end; query += 2) {
          const pair = heaps.slice(query, Math.min(query + 2, end));
          this.#scanChunk(pair, query, filter, from, count);
        }
      }
    }
    return heaps;
  }

  /** Scores one chunk for one or two queries and offers their heaps what passes the filter. */
  #scanChunk(heaps: readonly TopK[], query: number, filter: ChunkFilter, from: number, count: number): void {
    const { stride, rowBytes, queriesAt, rowsAt, scoresAt } = this.#layout;
    const scan = heaps.length === 2 ? this.#kernel.scanTwo : this.#kernel.scan;
    scan(queriesAt + query * rowBytes, rowsAt + from * rowBytes, stride, count, scoresAt);
    for (const [i, heap] of heaps.entries()) {
      this.#offerPassing(heap, scoresAt + i * count * SCORE_BYTES, filter, from, count);
    }
  }

  #offerPassing(heap: TopK, scoresAt: number, filter: ChunkFilter, from: number, count: number): void {
    const { placesAt } = this.#layout;
    // Also leaves out NaN, which huge finite vectors can give: it is nobody's neighbour.
    const found = this.#kernel.atLeast(scoresAt, count, heap.threshold, placesAt);
    if (found === 0) return;
    filter.expect(found);
    const places = new Uint32Array(this.#memory.buffer, placesAt, found);
    const scores = new Float32Array(this.#memory.buffer, scoresAt, count);
    for (const place of places) {
      // The threshold rises on the way.
      if (scores[place]! >= heap.threshold && filter.allows(place)) heap.offer(from + place, scores[place]!);
    }
  }

  #groupByFilter(queries: readonly CompiledQuery[]): FilterGroup[] {
    const groups: FilterGroup[] = [];
    for (let first = 0; first < queries.length; ) {
      const { program } = queries[first]!;
      let end = first + 1;
      // Queries of one message that share a filter share the object, here as there.
      while (end < queries.length && queries[end]!.program === program) end++;
      groups.push({ filter: new ChunkFilter(program, this.#columns, this.#live), first, end });
      first = end;
    }
    return groups;
  }
}

const SCORE_BYTES = 4;
