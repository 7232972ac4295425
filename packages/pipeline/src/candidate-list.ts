/**
 * The candidates of a run between two stages. Stages are given a plain list, since a frozen one makes every loop over it slower, and
 * the engine keeps a copy: whoever changes what others are given breaks a law, and it is found out as soon as they have ended.
 */
import { LawBroken } from './errors.ts';

export class CandidateList<C> {
  /** What stages are given. */
  readonly items: readonly C[];
  readonly #own: readonly C[];

  /** @param items given up by whoever made it. */
  constructor(items: readonly C[]) {
    this.items = items;
    this.#own = items.slice();
  }

  get isUnchanged(): boolean {
    const { items } = this;
    const own = this.#own;
    if (items.length !== own.length) return false;
    for (let i = 0; i < own.length; i++) if (items[i] !== own[i]) return false;
    return true;
  }

  /** @throws LawBroken */
  requireUnchanged(): void {
    if (!this.isUnchanged) throw new LawBroken('changed the list of candidates that all stages are given');
  }
}
