/** What the main thread and the scanning thread say to each other. Points travel in shared memory. */
import type { ColumnBuffers } from './columns.ts';
import type { SharedMemory } from './webassembly.ts';

/** A filter in terms of columns: ids and names have become ordinals. Every present condition must hold. */
export interface FilterProgram {
  /** Wanted genres as bits; as many words as the genre column has per row. */
  readonly genres?: Uint32Array;
  /** By kind ordinal: 1 where wanted. */
  readonly kinds?: Uint8Array;
  readonly releasedFrom?: number;
  readonly releasedTo?: number;
  readonly maxRuntimeMinutes?: number;
  readonly maxMaturityLevel?: number;
  readonly availableAt?: number;
  /** By region-set ordinal: 1 where the viewer is inside. Comes with `availableAt`. */
  readonly regionSets?: Uint8Array;
  /** Slots to leave out, ascending. */
  readonly excluded?: Uint32Array;
}

export interface CompiledQuery {
  readonly vector: Float32Array;
  readonly k: number;
  readonly program: FilterProgram;
}

export type ScanRequest =
  | {
      /** Makes slots searchable and others not, in one step between two searches. */
      readonly type: 'publish';
      readonly collection: number;
      readonly slots: readonly number[];
      /** Ids of `slots`; ties are broken by them. */
      readonly ids: readonly string[];
      readonly retired: readonly number[];
      readonly columns: ColumnBuffers;
      readonly memory: SharedMemory;
      readonly dimensions: number;
    }
  | {
      readonly type: 'search';
      readonly collection: number;
      readonly queries: readonly CompiledQuery[];
      /** On `process.hrtime`'s clock, which all threads share, in milliseconds. */
      readonly deadlineAt: number;
    }
  | { readonly type: 'drop'; readonly collection: number };

/** Per query, best first. */
export interface Neighbours {
  readonly slots: Uint32Array;
  readonly scores: Float32Array;
}

export type ScanReply =
  | { readonly outcome: 'done'; readonly neighbours: readonly Neighbours[] }
  | { readonly outcome: 'expired' }
  | { readonly outcome: 'failed'; readonly message: string };

/** The clock that all threads of a process share, in milliseconds. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
