/** The k best of a stream: a bounded binary heap whose root is the worst one kept. Ties break by id. */
import type { Neighbours } from './messages.ts';

export class TopK {
  readonly #k: number;
  readonly #ids: readonly (string | undefined)[];
  readonly #slots: Uint32Array;
  readonly #scores: Float32Array;
  #size = 0;

  /** @param ids by slot. */
  constructor(k: number, ids: readonly (string | undefined)[]) {
    this.#k = k;
    this.#ids = ids;
    this.#slots = new Uint32Array(k);
    this.#scores = new Float32Array(k);
  }

  /** Nothing below this score can enter any more. */
  get threshold(): number {
    return this.#size < this.#k ? Number.NEGATIVE_INFINITY : this.#scores[0]!;
  }

  offer(slot: number, score: number): void {
    if (this.#size < this.#k) {
      this.#siftUp(this.#size++, slot, score);
    } else if (this.#isWorse(this.#slots[0]!, this.#scores[0]!, slot, score)) {
      this.#siftDown(0, slot, score);
    }
  }

  /** Best first. Empties the heap. */
  take(): Neighbours {
    const slots = new Uint32Array(this.#size);
    const scores = new Float32Array(this.#size);
    while (this.#size > 0) {
      const last = --this.#size;
      slots[last] = this.#slots[0]!;
      scores[last] = this.#scores[0]!;
      if (last > 0) this.#siftDown(0, this.#slots[last]!, this.#scores[last]!);
    }
    return { slots, scores };
  }

  #isWorse(slot: number, score: number, thanSlot: number, thanScore: number): boolean {
    return score !== thanScore ? score < thanScore : this.#ids[slot]! > this.#ids[thanSlot]!;
  }

  #siftUp(from: number, slot: number, score: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!this.#isWorse(slot, score, this.#slots[parent]!, this.#scores[parent]!)) break;
      this.#slots[at] = this.#slots[parent]!;
      this.#scores[at] = this.#scores[parent]!;
      at = parent;
    }
    this.#slots[at] = slot;
    this.#scores[at] = score;
  }

  #siftDown(from: number, slot: number, score: number): void {
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      const right = child + 1;
      if (
        right < this.#size &&
        this.#isWorse(this.#slots[right]!, this.#scores[right]!, this.#slots[child]!, this.#scores[child]!)
      ) {
        child = right;
      }
      if (!this.#isWorse(this.#slots[child]!, this.#scores[child]!, slot, score)) break;
      this.#slots[at] = this.#slots[child]!;
      this.#scores[at] = this.#scores[child]!;
      at = child;
    }
    this.#slots[at] = slot;
    this.#scores[at] = score;
  }
}
