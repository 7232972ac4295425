/**
 * A list of titles that share something, kept in order lazily: changes wait until the next read. A few are put in
 * place one by one, so that one changed title among half a million costs milliseconds; many are merged.
 */
import type { TitleId } from '@marquee/domain';
import type { TitleFacts } from './title-table.ts';

/** A total order: no two different titles of a list compare equal. */
export type TitleOrder = (a: TitleFacts, b: TitleFacts) => number;

const FEW = 64;

export class TitlePosting {
  readonly #order: TitleOrder;
  // Most lists of persons are never read, and there are very many: what is not needed yet is not made yet.
  #added: TitleFacts[] | undefined;
  #removed: TitleFacts[] | undefined;
  #sorted: TitleFacts[] | undefined;
  #ids: TitleId[] | undefined;

  constructor(order: TitleOrder) {
    this.#order = order;
  }

  add(title: TitleFacts): void {
    this.#added ??= [];
    this.#added.push(title);
  }

  /** A title that was added; the very object. */
  remove(title: TitleFacts): void {
    this.#removed ??= [];
    this.#removed.push(title);
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
    const fleeting = new Set(gone.size === 0 ? [] : added.filter((title) => gone.has(title)));
    if (fleeting.size > 0) {
      added = added.filter((title) => !fleeting.has(title));
      removed = removed.filter((title) => !fleeting.has(title));
    }
    if (added.length + removed.length <= FEW) return this.#applyFew(added, removed);
    return this.#applyMany(added, removed);
  }

  #applyFew(added: readonly TitleFacts[], removed: readonly TitleFacts[]): readonly TitleId[] {
    this.#sorted ??= [];
    // Lists that were given away do not change.
    this.#ids = this.#ids?.slice() ?? [];
    for (const title of removed) {
      const place = placeOf(this.#sorted, title, this.#order);
      this.#sorted.splice(place, 1);
      this.#ids.splice(place, 1);
    }
    for (const title of added) {
      const place = placeOf(this.#sorted, title, this.#order);
      this.#sorted.splice(place, 0, title);
      this.#ids.splice(place, 0, title.id);
    }
    return this.#ids;
  }

  #applyMany(added: TitleFacts[], removed: readonly TitleFacts[]): readonly TitleId[] {
    const gone = new Set(removed);
    const sorted = this.#sorted ?? [];
    const kept = gone.size === 0 ? sorted : sorted.filter((title) => !gone.has(title));
    this.#sorted = merge(kept, added.sort(this.#order), this.#order);
    this.#ids = this.#sorted.map((title) => title.id);
    return this.#ids;
  }
}

/** First place whose title does not come before the given one. */
function placeOf(sorted: readonly TitleFacts[], title: TitleFacts, order: TitleOrder): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order(sorted[middle]!, title) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function merge(left: readonly TitleFacts[], right: readonly TitleFacts[], order: TitleOrder): TitleFacts[] {
  const merged: TitleFacts[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    merged.push(order(left[l]!, right[r]!) <= 0 ? left[l++]! : right[r++]!);
  }
  while (l < left.length) merged.push(left[l++]!);
  while (r < right.length) merged.push(right[r++]!);
  return merged;
}
