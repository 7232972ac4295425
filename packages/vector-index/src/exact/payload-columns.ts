/**
 * The main thread's side of the columns: writes payloads as rows and translates filters. Columns grow by
 * doubling, in rows and in width; old buffers stay valid for searches that still use them.
 */
import { maturityLevel } from '@marquee/domain';
import type { VectorFilter, VectorPayload } from '../index.ts';
import { type ColumnBuffers, type Columns, viewColumns } from './columns.ts';
import type { FilterProgram } from './messages.ts';

const EVERYWHERE = 0;

export class PayloadColumns {
  readonly #genres = new Map<string, number>();
  readonly #kinds = new Map<string, number>();
  readonly #regionSets = new Map<string, number>([['', EVERYWHERE]]);
  readonly #regionsOfSet: (readonly string[])[] = [[]];
  #rows = 0;
  #buffers: ColumnBuffers;
  #columns: Columns;

  constructor(rows: number) {
    this.#buffers = allocate(rows, 1, 1);
    this.#columns = viewColumns(this.#buffers);
    this.#rows = rows;
  }

  get buffers(): ColumnBuffers {
    return this.#buffers;
  }

  growRows(rows: number): void {
    this.#reallocate(rows, this.#columns.genreWords, this.#columns.windowsPerRow);
  }

  write(row: number, payload: VectorPayload): void {
    const genres = payload.genreIds.map((id) => ordinal(this.#genres, id));
    const words = Math.ceil(this.#genres.size / 32);
    if (words > this.#columns.genreWords) {
      this.#reallocate(
        this.#rows,
        Math.max(words, this.#columns.genreWords * 2),
        this.#columns.windowsPerRow,
      );
    }
    const windows = payload.availability;
    if (windows.length > this.#columns.windowsPerRow) {
      this.#reallocate(
        this.#rows,
        this.#columns.genreWords,
        Math.max(windows.length, this.#columns.windowsPerRow * 2),
      );
    }
    const columns = this.#columns;
    columns.genres.fill(0, row * columns.genreWords, (row + 1) * columns.genreWords);
    for (const genre of genres) {
      const word = row * columns.genreWords + (genre >>> 5);
      columns.genres[word] = columns.genres[word]! | (1 << (genre & 31));
    }
    columns.kind[row] = ordinal(this.#kinds, payload.kind);
    columns.releaseYear[row] = payload.releaseYear ?? Number.NaN;
    columns.runtimeMinutes[row] = payload.runtimeMinutes ?? Number.NaN;
    columns.maturityLevel[row] = payload.maturityLevel;
    for (let i = 0; i < columns.windowsPerRow; i++) {
      const window = windows[i];
      const at = row * columns.windowsPerRow + i;
      columns.windowFrom[at] = window?.from ?? Number.POSITIVE_INFINITY;
      columns.windowTo[at] = window?.to ?? Number.POSITIVE_INFINITY;
      columns.windowRegions[at] = this.#regionSet(window?.regions);
    }
  }

  /** @param slotOf finds the slot of an excluded id. */
  compile(filter: VectorFilter, slotOf: (id: string) => number | undefined): FilterProgram {
    const limits = [filter.maxMaturity, filter.maturityLimit].filter((rating) => rating !== undefined);
    const { availableAt, region } = filter;
    const excluded = filter.excludeIds?.map(slotOf).filter((slot) => slot !== undefined) ?? [];
    return {
      ...(filter.genreIds && { genres: this.#genreBits(filter.genreIds) }),
      ...(filter.kinds && { kinds: this.#kindMask(filter.kinds) }),
      ...(filter.releasedFrom !== undefined && { releasedFrom: filter.releasedFrom }),
      ...(filter.releasedTo !== undefined && { releasedTo: filter.releasedTo }),
      ...(filter.maxRuntimeMinutes !== undefined && { maxRuntimeMinutes: filter.maxRuntimeMinutes }),
      ...(limits.length > 0 && { maxMaturityLevel: Math.min(...limits.map(maturityLevel)) }),
      ...(availableAt !== undefined && { availableAt, regionSets: this.#regionMask(region) }),
      ...(excluded.length > 0 && { excluded: Uint32Array.from(excluded).sort() }),
    };
  }

  #genreBits(ids: readonly string[]): Uint32Array {
    const bits = new Uint32Array(this.#columns.genreWords);
    for (const id of ids) {
      const genre = this.#genres.get(id);
      if (genre !== undefined) bits[genre >>> 5] = bits[genre >>> 5]! | (1 << (genre & 31));
    }
    return bits;
  }

  #kindMask(kinds: readonly string[]): Uint8Array {
    const mask = new Uint8Array(this.#kinds.size);
    for (const kind of kinds) {
      const known = this.#kinds.get(kind);
      if (known !== undefined) mask[known] = 1;
    }
    return mask;
  }

  #regionMask(region: string | undefined): Uint8Array {
    return Uint8Array.from(this.#regionsOfSet, (regions, set) =>
      set === EVERYWHERE || (region !== undefined && regions.includes(region)) ? 1 : 0,
    );
  }

  #regionSet(regions: readonly string[] | undefined): number {
    if (regions === undefined) return EVERYWHERE;
    // An empty list is no region at all, which is not the same as everywhere.
    const key = `in:${[...new Set(regions)].sort().join()}`;
    const set = ordinal(this.#regionSets, key);
    this.#regionsOfSet[set] ??= [...regions];
    return set;
  }

  #reallocate(rows: number, genreWords: number, windowsPerRow: number): void {
    const old = this.#columns;
    const oldRows = this.#rows;
    this.#buffers = allocate(rows, genreWords, windowsPerRow);
    const columns = viewColumns(this.#buffers);
    columns.kind.set(old.kind);
    columns.releaseYear.set(old.releaseYear);
    columns.runtimeMinutes.set(old.runtimeMinutes);
    columns.maturityLevel.set(old.maturityLevel);
    copyRows(columns.genres, genreWords, old.genres, old.genreWords, oldRows);
    copyRows(columns.windowFrom, windowsPerRow, old.windowFrom, old.windowsPerRow, oldRows);
    copyRows(columns.windowTo, windowsPerRow, old.windowTo, old.windowsPerRow, oldRows);
    copyRows(columns.windowRegions, windowsPerRow, old.windowRegions, old.windowsPerRow, oldRows);
    this.#columns = columns;
    this.#rows = rows;
  }
}

function allocate(rows: number, genreWords: number, windowsPerRow: number): ColumnBuffers {
  const buffer = (bytesPerRow: number) => new SharedArrayBuffer(rows * bytesPerRow);
  const buffers: ColumnBuffers = {
    genres: buffer(4 * genreWords),
    genreWords,
    kind: buffer(2),
    releaseYear: buffer(8),
    runtimeMinutes: buffer(8),
    maturityLevel: buffer(1),
    windowFrom: buffer(8 * windowsPerRow),
    windowTo: buffer(8 * windowsPerRow),
    windowRegions: buffer(4 * windowsPerRow),
    windowsPerRow,
  };
  new Float64Array(buffers.windowFrom).fill(Number.POSITIVE_INFINITY);
  return buffers;
}

function copyRows(
  target: Uint32Array | Float64Array,
  targetWidth: number,
  source: Uint32Array | Float64Array,
  sourceWidth: number,
  rows: number,
): void {
  if (targetWidth === sourceWidth) {
    target.set(source);
    return;
  }
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < sourceWidth; i++) target[row * targetWidth + i] = source[row * sourceWidth + i]!;
  }
}

function ordinal(dictionary: Map<string, number>, key: string): number {
  let value = dictionary.get(key);
  if (value === undefined) {
    value = dictionary.size;
    dictionary.set(key, value);
  }
  return value;
}
