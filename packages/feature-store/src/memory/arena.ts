/**
 * The bytes of keys and values, outside of what the garbage collector has to look at: a few large segments instead
 * of objects per entry. A segment is written once from its beginning to its end and never again: whoever was given
 * a view of a value has that value for as long as they like, and keeps the segment alive meanwhile. What is replaced
 * or removed leaves dead bytes behind; a segment without living ones is dropped, and where too many are dead the
 * living of the emptiest segment are moved to the end, so that dead bytes are never more than half of the living ones
 * and a segment. Moving is paid for by what died: some two bytes for each.
 */
import { type Block, recordBytesOf, rowAt, sizeAt, writeRecord } from './record.ts';

const SEGMENT_BYTES = 256 * 1024;
/** Values of this share of a segment or more get one of their own: no end of a segment is wasted on them. */
const LARGE = 1 / 8;

interface Segment extends Block {
  used: number;
  dead: number;
}

/** Where a record is; whoever owns the row keeps it, and is told when the record moves. */
export interface Places {
  segmentOf(row: number): number;
  offsetOf(row: number): number;
  moved(row: number, segment: number, offset: number): void;
}

export class Arena {
  readonly #places: Places;
  readonly #segmentBytes: number;
  readonly #segments: (Segment | undefined)[] = [];
  readonly #free: number[] = [];
  #open = -1;
  #used = 0;
  #dead = 0;

  /** @param segmentBytes a multiple of eight. */
  constructor(places: Places, segmentBytes = SEGMENT_BYTES) {
    this.#places = places;
    this.#segmentBytes = segmentBytes;
  }

  /** Of records that are of use. */
  get liveBytes(): number {
    return this.#used - this.#dead;
  }

  /** Of records that are not, and are still there. */
  get deadBytes(): number {
    return this.#dead;
  }

  /** Writes the record at the end and says where by `moved`. */
  append(row: number, hash: number, key: string, value: Uint8Array): void {
    const segment = this.#place(row, recordBytesOf(key, value));
    writeRecord(this.#segments[segment]!, this.#places.offsetOf(row), { row, hash }, key, value);
  }

  /** That of a row that has a record. */
  block(segment: number): Block {
    return this.#segments[segment]!;
  }

  /** As they are now: what they hold of records stays, whatever becomes of the arena. */
  blocks(): readonly (Block | undefined)[] {
    return this.#segments.slice();
  }

  /** The record is of no use any more. Its row may be used again. */
  release(segment: number, at: number): void {
    const size = sizeAt(this.#segments[segment]!, at);
    this.#segments[segment]!.dead += size;
    this.#dead += size;
    this.#dropIfDead(segment);
  }

  /** To be called when a change is complete: work in proportion to what has died since. */
  compact(): void {
    while (this.#dead > this.liveBytes / 2 + this.#segmentBytes) this.#moveOut(this.#emptiest());
  }

  clear(): void {
    this.#segments.length = 0;
    this.#free.length = 0;
    this.#open = -1;
    this.#used = 0;
    this.#dead = 0;
  }

  /** Reserves room at the end and tells the row. @returns the segment. */
  #place(row: number, size: number): number {
    const segment = size >= this.#segmentBytes * LARGE ? this.#add(size) : this.#openFor(size);
    const target = this.#segments[segment]!;
    this.#places.moved(row, segment, target.used);
    target.used += size;
    this.#used += size;
    return segment;
  }

  #openFor(size: number): number {
    const open = this.#segments[this.#open];
    if (open !== undefined && open.used + size <= this.#segmentBytes) return this.#open;
    const sealed = this.#open;
    this.#open = this.#add(this.#segmentBytes);
    if (open !== undefined) this.#dropIfDead(sealed);
    return this.#open;
  }

  #add(size: number): number {
    const buffer = new ArrayBuffer(size);
    const segment = { bytes: Buffer.from(buffer), words: new Int32Array(buffer), used: 0, dead: 0 };
    const number = this.#free.pop() ?? this.#segments.length;
    this.#segments[number] = segment;
    return number;
  }

  #dropIfDead(number: number): void {
    const segment = this.#segments[number]!;
    if (segment.dead < segment.used || number === this.#open) return;
    this.#segments[number] = undefined;
    this.#free.push(number);
    this.#used -= segment.used;
    this.#dead -= segment.dead;
  }

  /** That with the greatest share of dead bytes, without the open one. */
  #emptiest(): number {
    let best = -1;
    let bestShare = -1;
    for (let number = 0; number < this.#segments.length; number++) {
      const segment = this.#segments[number];
      if (segment === undefined || number === this.#open) continue;
      const share = segment.dead / segment.used;
      if (share > bestShare) {
        best = number;
        bestShare = share;
      }
    }
    return best;
  }

  #moveOut(number: number): void {
    const from = this.#segments[number]!;
    // It is dropped with the last record that lives, and its number may be given to the next segment at once.
    for (let at = 0; at < from.used && this.#segments[number] === from; ) {
      const row = rowAt(from, at);
      const size = sizeAt(from, at);
      if (this.#places.segmentOf(row) === number && this.#places.offsetOf(row) === at) {
        const to = this.#segments[this.#place(row, size)]!;
        from.bytes.copy(to.bytes, this.#places.offsetOf(row), at, at + size);
        this.release(number, at);
      }
      at += size;
    }
  }
}
