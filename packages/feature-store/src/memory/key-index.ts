/**
 * Rows by the hash of their key: open addressing with linear probing, in typed arrays alone. Split by the hash's
 * upper bits into parts that grow one by one, so that no insertion moves more than a thousandth of the entries.
 * Parts never shrink: they hold eight to some twenty bytes per entry of the largest number there ever was.
 */

const PART_BITS = 10;
const FIRST_SLOTS = 16;
/** A slot: the hash, and the row + 1; 0 where nobody is. */
const SLOT = 2;

/** Of an entry, on average. */
export const INDEX_BYTES = 16;

interface Part {
  slots: Int32Array;
  /** Number of slots - 1. */
  mask: number;
  count: number;
}

export class KeyIndex {
  readonly #parts: (Part | undefined)[] = new Array(1 << PART_BITS).fill(undefined);
  /** So that nobody can choose keys that all meet in one place. */
  readonly #seed = (Math.random() * 2 ** 32) | 0;

  hashOf(key: string): number {
    let hash = this.#seed;
    for (let i = 0; i < key.length; i++) {
      hash = Math.imul(hash ^ key.charCodeAt(i), 0xcc9e2d51);
      hash = (hash << 15) | (hash >>> 17);
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }

  /** The row of that hash that `isIt` says is the one; -1 without. */
  find(hash: number, isIt: (row: number) => boolean): number {
    const part = this.#parts[hash >>> (32 - PART_BITS)];
    if (part === undefined) return -1;
    const { slots, mask } = part;
    for (let i = hash & mask; ; i = (i + 1) & mask) {
      const taken = slots[i * SLOT + 1]!;
      if (taken === 0) return -1;
      if (slots[i * SLOT] === hash && isIt(taken - 1)) return taken - 1;
    }
  }

  /** Nothing with its key may be there. */
  add(hash: number, row: number): void {
    const number = hash >>> (32 - PART_BITS);
    let part = this.#parts[number];
    if (part === undefined) {
      part = { slots: new Int32Array(FIRST_SLOTS * SLOT), mask: FIRST_SLOTS - 1, count: 0 };
      this.#parts[number] = part;
    } else if ((part.count + 1) * 4 > (part.mask + 1) * 3) grow(part);
    put(part, hash, row + 1);
    part.count++;
  }

  /** It must be there. */
  remove(hash: number, row: number): void {
    const part = this.#parts[hash >>> (32 - PART_BITS)]!;
    const { slots, mask } = part;
    let hole = hash & mask;
    while (slots[hole * SLOT + 1] !== row + 1) hole = (hole + 1) & mask;
    part.count--;
    // Those behind it that would rather be at the hole, or before it, move up: no gap on anybody's way.
    for (let i = (hole + 1) & mask; slots[i * SLOT + 1] !== 0; i = (i + 1) & mask) {
      const home = slots[i * SLOT]! & mask;
      if (((i - home) & mask) < ((i - hole) & mask)) continue;
      slots[hole * SLOT] = slots[i * SLOT]!;
      slots[hole * SLOT + 1] = slots[i * SLOT + 1]!;
      hole = i;
    }
    slots[hole * SLOT + 1] = 0;
  }

  clear(): void {
    this.#parts.fill(undefined);
  }
}

function put({ slots, mask }: Part, hash: number, taken: number): void {
  let i = hash & mask;
  while (slots[i * SLOT + 1] !== 0) i = (i + 1) & mask;
  slots[i * SLOT] = hash;
  slots[i * SLOT + 1] = taken;
}

function grow(part: Part): void {
  const { slots } = part;
  part.slots = new Int32Array(slots.length * 2);
  part.mask = part.mask * 2 + 1;
  for (let i = 0; i < slots.length; i += SLOT) if (slots[i + 1] !== 0) put(part, slots[i]!, slots[i + 1]!);
}
