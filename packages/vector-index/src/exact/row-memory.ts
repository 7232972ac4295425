/** The main thread's side of the memory: writes rows, and reads their vectors back. */
import { encodeRow } from './codes.ts';
import { CHUNK_ROWS, chunkAt, createMemory, growMemory, type MemoryLayout } from './memory-layout.ts';
import type { SharedMemory } from './webassembly.ts';

export class RowMemory {
  readonly memory: SharedMemory;
  readonly #layout: MemoryLayout;
  #floats: Float32Array;
  #codes: Int8Array;

  constructor(layout: MemoryLayout, rows: number) {
    this.#layout = layout;
    this.memory = createMemory(layout, rows);
    this.#floats = new Float32Array(this.memory.buffer);
    this.#codes = new Int8Array(this.memory.buffer);
  }

  /** @throws RangeError when there is no more. */
  grow(rows: number): void {
    growMemory(this.memory, this.#layout, rows);
    this.#floats = new Float32Array(this.memory.buffer);
    this.#codes = new Int8Array(this.memory.buffer);
  }

  write(slot: number, vector: Float32Array): void {
    const layout = this.#layout;
    const chunk = chunkAt(layout, slot);
    const place = slot % CHUNK_ROWS;
    this.#floats.set(vector, this.#vectorAt(slot));
    const { scale, reach } = encodeRow(
      vector,
      this.#codes,
      chunk + layout.codesIn + place * layout.codeStride,
      layout,
    );
    this.#floats[chunk / 4 + place] = scale;
    this.#floats[(chunk + layout.reachesIn) / 4 + place] = reach;
  }

  /** Copies a vector to `target[at ..]`. */
  read(slot: number, target: Float32Array, at: number): void {
    const floats = this.#floats;
    const from = this.#vectorAt(slot);
    for (let d = 0; d < this.#layout.dimensions; d++) target[at + d] = floats[from + d]!;
  }

  #vectorAt(slot: number): number {
    const { vectorsIn, rowBytes } = this.#layout;
    return (chunkAt(this.#layout, slot) + vectorsIn + (slot % CHUNK_ROWS) * rowBytes) / 4;
  }
}
