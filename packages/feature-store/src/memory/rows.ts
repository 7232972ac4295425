/**
 * What is known of each entry besides its bytes, in columns: a row number stays the entry's for as long as it is
 * there, wherever its record moves. Rows that are given back are used again. Expiring ones form a list in order of
 * last use. Columns grow by a piece at a time, which moves nothing.
 */
import type { Places } from './arena.ts';

const PIECE_BITS = 12;
const PIECE_ROWS = 1 << PIECE_BITS;
const NOBODY = -1;
/** What never expires does so at this time. */
const NEVER = Number.POSITIVE_INFINITY;

/** What an instant is made of. */
interface Standing {
  /** NOBODY: the row is free. */
  readonly segment: Int32Array;
  readonly offset: Int32Array;
  readonly expiresAt: Float64Array;
}

/** One piece of the columns. */
interface Piece {
  standing: Standing;
  /** An instant has it, too: it is copied before it changes. */
  shared: boolean;
  /** Neighbours in the order of last use; of free rows, the next free one. */
  readonly older: Int32Array;
  readonly newer: Int32Array;
}

/** Bytes of a row's columns. */
export const ROW_BYTES = 24;

export class Rows implements Places {
  readonly #pieces: Piece[] = [];
  #length = 0;
  #free = NOBODY;
  #oldest = NOBODY;
  #newest = NOBODY;

  /** Row numbers go from 0 to below this; not each of them is somebody's. */
  get length(): number {
    return this.#length;
  }

  /** That was used least recently of those that expire; undefined without any. */
  get oldest(): number | undefined {
    return this.#oldest === NOBODY ? undefined : this.#oldest;
  }

  /** A row that lasts; its record's place comes by `moved`. */
  take(): number {
    const row = this.#free === NOBODY ? this.#add() : this.#free;
    const piece = this.#piece(row);
    if (row === this.#free) this.#free = piece.newer[row & (PIECE_ROWS - 1)]!;
    this.#changing(row).expiresAt[row & (PIECE_ROWS - 1)] = NEVER;
    return row;
  }

  giveBack(row: number): void {
    this.setExpiry(row, undefined);
    this.#changing(row).segment[row & (PIECE_ROWS - 1)] = NOBODY;
    this.#piece(row).newer[row & (PIECE_ROWS - 1)] = this.#free;
    this.#free = row;
  }

  isTaken(row: number): boolean {
    return this.segmentOf(row) !== NOBODY;
  }

  segmentOf(row: number): number {
    return this.#piece(row).standing.segment[row & (PIECE_ROWS - 1)]!;
  }

  offsetOf(row: number): number {
    return this.#piece(row).standing.offset[row & (PIECE_ROWS - 1)]!;
  }

  moved(row: number, segment: number, offset: number): void {
    const standing = this.#changing(row);
    standing.segment[row & (PIECE_ROWS - 1)] = segment;
    standing.offset[row & (PIECE_ROWS - 1)] = offset;
  }

  lasts(row: number): boolean {
    return this.#expiryOf(row) === NEVER;
  }

  hasExpired(row: number, now: number): boolean {
    return this.#expiryOf(row) <= now;
  }

  /** Of what was used just now. @param expiresAt undefined: never. */
  setExpiry(row: number, expiresAt: number | undefined): void {
    if (!this.lasts(row)) this.#unlink(row);
    this.#changing(row).expiresAt[row & (PIECE_ROWS - 1)] = expiresAt ?? NEVER;
    if (expiresAt !== undefined) this.#link(row);
  }

  /** It was used just now. */
  touch(row: number): void {
    if (this.lasts(row) || row === this.#newest) return;
    this.#unlink(row);
    this.#link(row);
  }

  /**
   * Where the lasting entries of this instant are, whatever happens to the rows afterwards. Takes a reference per
   * piece; a piece is copied when it changes for the first time after that.
   */
  instant(): LastingPlaces {
    for (const piece of this.#pieces) piece.shared = true;
    return lastingPlaces(
      this.#pieces.map(({ standing }) => standing),
      this.#length,
    );
  }

  clear(): void {
    this.#pieces.length = 0;
    this.#length = 0;
    this.#free = NOBODY;
    this.#oldest = NOBODY;
    this.#newest = NOBODY;
  }

  #changing(row: number): Standing {
    const piece = this.#piece(row);
    if (piece.shared) {
      const { segment, offset, expiresAt } = piece.standing;
      piece.standing = { segment: segment.slice(), offset: offset.slice(), expiresAt: expiresAt.slice() };
      piece.shared = false;
    }
    return piece.standing;
  }

  #add(): number {
    if ((this.#length & (PIECE_ROWS - 1)) === 0) this.#pieces.push(newPiece());
    return this.#length++;
  }

  #expiryOf(row: number): number {
    return this.#piece(row).standing.expiresAt[row & (PIECE_ROWS - 1)]!;
  }

  #piece(row: number): Piece {
    return this.#pieces[row >> PIECE_BITS]!;
  }

  #link(row: number): void {
    const piece = this.#piece(row);
    piece.older[row & (PIECE_ROWS - 1)] = this.#newest;
    piece.newer[row & (PIECE_ROWS - 1)] = NOBODY;
    if (this.#newest === NOBODY) this.#oldest = row;
    else this.#piece(this.#newest).newer[this.#newest & (PIECE_ROWS - 1)] = row;
    this.#newest = row;
  }

  #unlink(row: number): void {
    const piece = this.#piece(row);
    const older = piece.older[row & (PIECE_ROWS - 1)]!;
    const newer = piece.newer[row & (PIECE_ROWS - 1)]!;
    if (older === NOBODY) this.#oldest = newer;
    else this.#piece(older).newer[older & (PIECE_ROWS - 1)] = newer;
    if (newer === NOBODY) this.#newest = older;
    else this.#piece(newer).older[newer & (PIECE_ROWS - 1)] = older;
  }
}

function newPiece(): Piece {
  return {
    standing: {
      segment: new Int32Array(PIECE_ROWS).fill(NOBODY),
      offset: new Int32Array(PIECE_ROWS),
      expiresAt: new Float64Array(PIECE_ROWS),
    },
    shared: false,
    older: new Int32Array(PIECE_ROWS),
    newer: new Int32Array(PIECE_ROWS),
  };
}

/** One place after the other. */
export interface LastingPlaces {
  /** False at the end. */
  next(): boolean;
  readonly segment: number;
  readonly offset: number;
}

function lastingPlaces(standings: readonly Standing[], length: number): LastingPlaces {
  let row = -1;
  const isLasting = () => {
    const { segment, expiresAt } = standings[row >> PIECE_BITS]!;
    return segment[row & (PIECE_ROWS - 1)] !== NOBODY && expiresAt[row & (PIECE_ROWS - 1)] === NEVER;
  };
  return {
    next() {
      while (++row < length) if (isLasting()) return true;
      return false;
    },
    get segment() {
      return standings[row >> PIECE_BITS]!.segment[row & (PIECE_ROWS - 1)]!;
    },
    get offset() {
      return standings[row >> PIECE_BITS]!.offset[row & (PIECE_ROWS - 1)]!;
    },
  };
}
