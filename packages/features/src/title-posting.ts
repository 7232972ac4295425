/**
 * A list of titles that share something, kept in order lazily: changes wait until the next read. A few are put in
 * place one by one, so that one changed title among half a million costs milliseconds; many are merged.
 *
 * Titles are numbers of rows here: lists of numbers are nothing to the garbage collector.
 */
import type { TitleId } from '@marquee/domain';
import { stableOrder } from './stable-order.ts';
import type { TitleRows } from './title-rows.ts';

/** Smallest first; equal keys are ordered by title id. Never changes for a row. */
export type OrderKey = (rows: TitleRows, row: number) => number;

const FEW = 16;

export class TitlePosting {
  readonly #rows: TitleRows;
  readonly #key: OrderKey;
  // Most lists of persons are never read, and there are very many: what is not needed yet is not made yet.
  #added: number[] | undefined;
  #removed: number[] | undefined;
  #sorted: number[] | undefined;
  #ids: TitleId[] | undefined;

  constructor(rows: TitleRows, key: OrderKey) {
    this.#rows = rows;
    this.#key = key;
  }

  add(row: number): void {
    this.#added ??= [];
    this.#added.push(row);
  }

  /** A row that was added. It may be out of use by the time the list is read. */
  remove(row: number): void {
    this.#removed ??= [];
    this.#removed.push(row);
  }

  /** In order; the same array until something changes. */
  ids(): readonly TitleId[] {
    if (this.#ids !== undefined && this.#added === undefined && this.#removed === undefined) return this.#ids;
    let added = this.#added ?? [];
    let removed = this.#removed ?? [];
    this.#added = undefined;
    this.#removed = undefined;
    // What came and went between two reads never was.
    const gone = new Set(removed);
    const fleeting = new Set(gone.size === 0 ? [] : added.filter((row) => gone.has(row)));
    if (fleeting.size > 0) {
      added = added.filter((row) => !fleeting.has(row));
      removed = removed.filter((row) => !fleeting.has(row));
    }
    if (added.length + removed.length <= FEW) return this.#applyFew(added, removed);
    return this.#applyMany(added, removed);
  }

  /** The row at a place of `ids()`. */
  rowAt(place: number): number | undefined {
    this.ids();
    return this.#sorted?.[place];
  }

  #applyFew(added: readonly number[], removed: readonly number[]): readonly TitleId[] {
    this.#sorted ??= [];
    // Lists that were given away do not change.
    this.#ids = this.#ids?.slice() ?? [];
    for (const row of removed) {
      // Searched by number: the row's own place in the order may not be there to be read any more.
      const place = this.#sorted.indexOf(row);
      this.#sorted.splice(place, 1);
      this.#ids.splice(place, 1);
    }
    for (const row of added) {
      const place = this.#placeOf(row);
      this.#sorted.splice(place, 0, row);
      this.#ids.splice(place, 0, this.#rows.idOf(row));
    }
    return this.#ids;
  }

  #applyMany(added: readonly number[], removed: readonly number[]): readonly TitleId[] {
    const gone = new Set(removed);
    const sorted = this.#sorted ?? [];
    const kept = gone.size === 0 ? sorted : sorted.filter((row) => !gone.has(row));
    this.#sorted = this.#merge(kept, this.#inOrder(added));
    this.#ids = this.#sorted.map((row) => this.#rows.idOf(row));
    return this.#ids;
  }

  #compare(a: number, b: number): number {
    return this.#key(this.#rows, a) - this.#key(this.#rows, b) || this.#compareIds(a, b);
  }

  #compareIds(a: number, b: number): number {
    const left = this.#rows.idOf(a);
    const right = this.#rows.idOf(b);
    return left < right ? -1 : left > right ? 1 : 0;
  }

  /** Titles mostly come in order of their ids: each is compared with the one before it, and the rest is numbers. */
  #inOrder(added: readonly number[]): number[] {
    const rows = added.toSorted((a, b) => this.#compareIds(a, b));
    const keys = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) keys[i] = this.#key(this.#rows, rows[i]!);
    const order = stableOrder(keys);
    const sorted: number[] = [];
    for (let i = 0; i < order.length; i++) sorted.push(rows[order[i]!]!);
    return sorted;
  }

  /** First place whose title does not come before the given one. */
  #placeOf(row: number): number {
    const sorted = this.#sorted!;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(sorted[middle]!, row) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #merge(left: readonly number[], right: readonly number[]): number[] {
    const merged: number[] = [];
    let l = 0;
    let r = 0;
    while (l < left.length && r < right.length) {
      merged.push(this.#compare(left[l]!, right[r]!) <= 0 ? left[l++]! : right[r++]!);
    }
    while (l < left.length) merged.push(left[l++]!);
    while (r < right.length) merged.push(right[r++]!);
    return merged;
  }
}
