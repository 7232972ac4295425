/**
 * One collection as the main thread sees it: which id lies in which slot of the shared memory.
 *
 * A slot that can be searched is never written: an upsert takes a fresh slot, and publishing it retires the old
 * one in the same step. So a search sees a point as it was or as it is, never half of each, without a lock.
 * A retired slot is used again once the worker has confirmed that it no longer looks at it.
 */
import { MarqueeError } from '@marquee/service-kit';
import type { Neighbour, VectorFilter, VectorPoint, VectorQuery } from '../index.ts';
import { type MemoryLayout, memoryLayout } from './memory-layout.ts';
import type { CompiledQuery, FilterProgram, Neighbours, ScanRequest } from './messages.ts';
import { PayloadColumns } from './payload-columns.ts';
import { RowMemory } from './row-memory.ts';

export type Publish = Extract<ScanRequest, { type: 'publish' }>;

const INITIAL_ROWS = 1_024;
const NO_FILTER: VectorFilter = {};

export class StoredCollection {
  /** Names the collection to the worker; versions need not be unique. */
  readonly key: number;
  readonly version: string;
  readonly #dimensions: number;
  readonly #layout: MemoryLayout;
  readonly #rows: RowMemory;
  readonly #columns = new PayloadColumns(INITIAL_ROWS);
  readonly #slotOf = new Map<string, number>();
  /** By slot, until the slot is used again: answers under way may still name a retired one. */
  readonly #idOf: string[] = [];
  readonly #free: number[] = [];
  #capacity = INITIAL_ROWS;

  constructor(key: number, version: string, dimensions: number) {
    this.key = key;
    this.version = version;
    this.#dimensions = dimensions;
    this.#layout = memoryLayout(dimensions);
    this.#rows = new RowMemory(this.#layout, INITIAL_ROWS);
  }

  get size(): number {
    return this.#slotOf.size;
  }

  /** Slots ever used. */
  get slots(): number {
    return this.#idOf.length;
  }

  /** Copies, in one buffer of their own: a view and an allocation for each would cost more than the copying. */
  vectors(ids: readonly string[]): (Float32Array | undefined)[] {
    const dimensions = this.#dimensions;
    const copies = new Float32Array(ids.length * dimensions);
    return ids.map((id, index) => {
      const slot = this.#slotOf.get(id);
      if (slot === undefined) return undefined;
      const to = index * dimensions;
      this.#rows.read(slot, copies, to);
      return copies.subarray(to, to + dimensions);
    });
  }

  /** Writes points that have been validated; they can be found once the worker has the message. */
  put(points: readonly VectorPoint[]): Publish {
    this.#reserve(points.length);
    const slots: number[] = [];
    const retired: number[] = [];
    for (const { id, vector, payload } of points) {
      const slot = this.#takeSlot();
      this.#rows.write(slot, vector);
      this.#columns.write(slot, payload);
      const previous = this.#slotOf.get(id);
      if (previous !== undefined) retired.push(previous);
      this.#slotOf.set(id, slot);
      this.#idOf[slot] = id;
      slots.push(slot);
    }
    return this.#publish(slots, retired);
  }

  remove(ids: readonly string[]): Publish {
    const retired: number[] = [];
    for (const id of ids) {
      const slot = this.#slotOf.get(id);
      if (slot === undefined) continue;
      this.#slotOf.delete(id);
      retired.push(slot);
    }
    return this.#publish([], retired);
  }

  /** The worker has handled the message, or is gone: retired slots may be used again. */
  confirmed({ retired }: Publish): void {
    for (const slot of retired) this.#free.push(slot);
  }

  /** For a new worker: the slots in use among `from .. from + count`. */
  republish(from: number, count: number): Publish {
    const slots: number[] = [];
    for (let slot = from; slot < Math.min(from + count, this.#idOf.length); slot++) {
      if (this.#slotOf.get(this.#idOf[slot]!) === slot) slots.push(slot);
    }
    return this.#publish(slots, []);
  }

  /** Queries with the same filter object get the same program object. */
  compile(queries: readonly VectorQuery[]): CompiledQuery[] {
    const programs = new Map<VectorFilter, FilterProgram>();
    return queries.map(({ vector, k, filter = NO_FILTER }) => {
      let program = programs.get(filter);
      if (program === undefined) {
        program = this.#columns.compile(filter, (id) => this.#slotOf.get(id));
        programs.set(filter, program);
      }
      return { vector, k, program };
    });
  }

  read({ slots, scores }: Neighbours): Neighbour[] {
    const neighbours: Neighbour[] = [];
    for (let i = 0; i < slots.length; i++) neighbours.push({ id: this.#idOf[slots[i]!]!, score: scores[i]! });
    return neighbours;
  }

  #publish(slots: number[], retired: number[]): Publish {
    return {
      type: 'publish',
      collection: this.key,
      slots,
      ids: slots.map((slot) => this.#idOf[slot]!),
      retired,
      columns: this.#columns.buffers,
      memory: this.#rows.memory,
      dimensions: this.#dimensions,
    };
  }

  /** @throws MarqueeError OVERLOADED before anything is written. */
  #reserve(points: number): void {
    const needed = this.#idOf.length + Math.max(0, points - this.#free.length);
    if (needed <= this.#capacity) return;
    if (needed > this.#layout.maxRows) {
      throw new MarqueeError('OVERLOADED', `the vector index holds ${this.#layout.maxRows} points at most`);
    }
    const capacity = Math.min(Math.max(needed, this.#capacity * 2), this.#layout.maxRows);
    try {
      this.#rows.grow(capacity);
      this.#columns.growRows(capacity);
    } catch (cause) {
      throw new MarqueeError('OVERLOADED', { message: `no memory for ${capacity} vectors`, cause });
    }
    this.#capacity = capacity;
  }

  #takeSlot(): number {
    return this.#free.pop() ?? this.#idOf.length;
  }
}
