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

  get rows(): number {
    return this.#rows;
  }

  /** @param fill writes COLUMNS values at the given offset. */
  add(at: number, weight: number, fill: (target: Float32Array, offset: number) => void): number {
    if ((this.#rows + 1) * COLUMNS > this.#matrix.length) {
      const larger = new Float32Array(this.#matrix.length * 2);
      larger.set(this.#matrix);
      this.#matrix = larger;
    }
    fill(this.#matrix, this.#rows * COLUMNS);
    this.at.push(at);
    this.weight.push(weight);
    return this.#rows++;
  }

  copyRow(row: number, target: Float32Array, targetRow: number): void {
    target.set(this.#matrix.subarray(row * COLUMNS, (row + 1) * COLUMNS), targetRow * COLUMNS);
  }
}
