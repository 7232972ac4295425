/** Names that strangers make up, as labels of metrics: each combination is a series for ever, so there are only so many. */
export const OTHER = 'other';

export class BoundedLabels {
  readonly #limit: number;
  readonly #known = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False from then on where there is no room for one more combination. */
  admits(...values: readonly string[]): boolean {
    const key = JSON.stringify(values);
    if (this.#known.has(key)) return true;
    if (this.#known.size >= this.#limit) return false;
    this.#known.add(key);
    return true;
  }
}
