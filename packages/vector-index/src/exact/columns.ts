/**
 * The columns that filters read, in shared memory: the main thread writes a row before it is published, the
 * worker reads it afterwards.
 */
export interface ColumnBuffers {
  readonly genres: SharedArrayBuffer;
  /** 32 genres each. */
  readonly genreWords: number;
  readonly kind: SharedArrayBuffer;
  readonly releaseYear: SharedArrayBuffer;
  readonly runtimeMinutes: SharedArrayBuffer;
  readonly maturityLevel: SharedArrayBuffer;
  readonly windowFrom: SharedArrayBuffer;
  readonly windowTo: SharedArrayBuffer;
  readonly windowRegions: SharedArrayBuffer;
  readonly windowsPerRow: number;
}

export interface Columns {
  readonly genres: Uint32Array;
  readonly genreWords: number;
  readonly kind: Uint16Array;
  /** NaN where unknown, so that every bound fails. */
  readonly releaseYear: Float64Array;
  readonly runtimeMinutes: Float64Array;
  readonly maturityLevel: Uint8Array;
  /** `windowsPerRow` per row; +∞ where there is no window. */
  readonly windowFrom: Float64Array;
  readonly windowTo: Float64Array;
  readonly windowRegions: Uint32Array;
  readonly windowsPerRow: number;
}

export function viewColumns(buffers: ColumnBuffers): Columns {
  return {
    genres: new Uint32Array(buffers.genres),
    genreWords: buffers.genreWords,
    kind: new Uint16Array(buffers.kind),
    releaseYear: new Float64Array(buffers.releaseYear),
    runtimeMinutes: new Float64Array(buffers.runtimeMinutes),
    maturityLevel: new Uint8Array(buffers.maturityLevel),
    windowFrom: new Float64Array(buffers.windowFrom),
    windowTo: new Float64Array(buffers.windowTo),
    windowRegions: new Uint32Array(buffers.windowRegions),
    windowsPerRow: buffers.windowsPerRow,
  };
}
