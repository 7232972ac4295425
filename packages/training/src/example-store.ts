/** Rows of the ranker's matrix as they are collected, with what is known about each. Grows by doubling. */
import { RANKING_COLUMNS } from '@marquee/features';

export const COLUMNS = RANKING_COLUMNS.length;

export class ExampleStore {
  #matrix = new Float32Array(COLUMNS * 4_096);
  #rows = 0;
  /** Instant of each row, epoch milliseconds. */
  readonly at: number[] = [];
  /** Weight in training. */
  readonly weight: number[] = [];
  /** How far down the page the title stood; NaN where it was not on screen. */
  readonly place: number[] = [];
  /** Most seconds watched in one playback; written as reports come in. */
  readonly watchSeconds: number[] = [];

  get rows(): number {
    return this.#rows;
  }

  /** @param fill writes COLUMNS values at the given offset. */
  add(
    { at, weight, place }: { readonly at: number; readonly weight: number; readonly place: number },
    fill: (target: Float32Array, offset: number) => void,
  ): number {
    if ((this.#rows + 1) * COLUMNS > this.#matrix.length) {
      const larger = new Float32Array(this.#matrix.length * 2);
      larger.set(this.#matrix);
      this.#matrix = larger;
    }
    fill(this.#matrix, this.#rows * COLUMNS);
    this.at.push(at);
    this.weight.push(weight);
    this.place.push(place);
    this.watchSeconds.push(0);
    return this.#rows++;
  }

  copyRow(row: number, target: Float32Array, targetRow: number): void {
    target.set(this.#matrix.subarray(row * COLUMNS, (row + 1) * COLUMNS), targetRow * COLUMNS);
  }
}
