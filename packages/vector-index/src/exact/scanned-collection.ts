/** One collection as the worker thread sees it: which slots may be found, and the scan over them. */

import { ChunkFilter } from './chunk-filter.ts';
import { type Columns, viewColumns } from './columns.ts';
import { BATCH_QUERIES, CHUNK_ROWS, memoryLayout } from './memory-layout.ts';
import { type CompiledQuery, type Neighbours, type ScanRequest, sharedNow } from './messages.ts';
import { createWorkbench, type Kernel, QueryPair, type Workbench } from './query-pair.ts';
import { Instance, type WasmModule } from './webassembly.ts';

type Publish = Extract<ScanRequest, { type: 'publish' }>;

/** Queries that stand side by side and have one filter: it is evaluated once for all of them. */
interface FilterGroup {
  readonly filter: ChunkFilter;
  readonly pairs: readonly QueryPair[];
}

export class ScannedCollection {
  readonly #bench: Workbench;
  /** By slot. An id stays after its slot is retired, until the slot is used again. */
  readonly #ids: (string | undefined)[] = [];
  #live: Uint8Array = new Uint8Array(CHUNK_ROWS);
  #columns: Columns;

  constructor(kernel: WasmModule, { memory, dimensions, columns }: Publish) {
    const { exports } = new Instance(kernel, { env: { memory } });
    this.#bench = createWorkbench(exports as unknown as Kernel, memoryLayout(dimensions), memory);
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
      const groups = this.#groupByFilter(queries.slice(first, first + BATCH_QUERIES));
      for (let from = 0; from < this.#ids.length; from += CHUNK_ROWS) {
        if (sharedNow() >= deadlineAt) return undefined;
        this.#scanChunk(groups, from);
      }
      for (const { pairs } of groups) {
        for (const { heaps } of pairs) for (const heap of heaps) answers.push(heap.take());
      }
    }
    return answers;
  }

  #scanChunk(groups: readonly FilterGroup[], from: number): void {
    const count = Math.min(CHUNK_ROWS, this.#ids.length - from);
    for (const { filter, pairs } of groups) {
      filter.begin(from, count);
      // As long as anything can still be among the best, a chunk is worth its scan only if something passes.
      if (pairs.some(({ open }) => open) && !filter.any()) continue;
      for (const pair of pairs) pair.scan(filter, from, count);
    }
  }

  #groupByFilter(queries: readonly CompiledQuery[]): FilterGroup[] {
    const groups: FilterGroup[] = [];
    let number = 0;
    for (let first = 0; first < queries.length; ) {
      const { program } = queries[first]!;
      let end = first + 1;
      // Queries of one message that share a filter share the object, here as there.
      while (end < queries.length && queries[end]!.program === program) end++;
      const pairs: QueryPair[] = [];
      for (let query = first; query < end; query += 2) {
        const pair = queries.slice(query, Math.min(query + 2, end));
        pairs.push(new QueryPair(this.#bench, number++, pair, this.#ids));
      }
      groups.push({ filter: new ChunkFilter(program, this.#columns, this.#live), pairs });
      first = end;
    }
    return groups;
  }
}
