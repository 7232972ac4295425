/** Values that many titles have, each kept once and referred to by number. Never forgets: distinct values are few. */
export class Interned<T> {
  readonly #numbers = new Map<string, number>();
  readonly #values: T[] = [];

  /** The value's number, from 0 on. @param key equal for equal values. */
  numberOf(key: string, value: T): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#values.push(value) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  /** The number of a value that is known already. */
  find(key: string): number | undefined {
    return this.#numbers.get(key);
  }

  at(number: number): T {
    return this.#values[number]!;
  }
}

/** Lists of strings; the same list is the same frozen array. */
export class InternedLists {
  readonly #lists = new Interned<readonly string[]>();
  readonly #strings = new Interned<string>();

  numberOf(list: readonly string[]): number {
    // Catalogue rows repeat the same ids as separate strings: one copy of each is kept.
    const own = list.map((text) => this.#strings.at(this.#strings.numberOf(text, text)));
    return this.#lists.numberOf(JSON.stringify(own), Object.freeze(own));
  }

  at(number: number): readonly string[] {
    return this.#lists.at(number);
  }
}
