/** The lasting entries as they were at one instant, one after the other: what a snapshot is written from. */
import { type Block, copyRecord, keyBytesAt, valueBytesAt } from './record.ts';
import type { LastingPlaces } from './rows.ts';

export class Instant {
  readonly count: number;
  readonly #places: LastingPlaces;
  readonly #blocks: readonly (Block | undefined)[];

  constructor(count: number, places: LastingPlaces, blocks: readonly (Block | undefined)[]) {
    this.count = count;
    this.#places = places;
    this.#blocks = blocks;
  }

  /** Moves to the next entry; false at the end. */
  next(): boolean {
    return this.#places.next();
  }

  /** Of the entry's key in UTF-8. */
  get keyBytes(): number {
    return keyBytesAt(this.#block, this.#places.offset);
  }

  get valueBytes(): number {
    return valueBytesAt(this.#block, this.#places.offset);
  }

  /** Writes the entry's key and, behind it, its value. */
  copyTo(target: Buffer, at: number): void {
    copyRecord(this.#block, this.#places.offset, target, at);
  }

  get #block(): Block {
    return this.#blocks[this.#places.segment]!;
  }
}
