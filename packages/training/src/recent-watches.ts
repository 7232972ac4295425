/** The last watches of everybody, to draw titles by how much they are being watched. */
import type { Random, TitleId } from '@marquee/domain';

export class RecentWatches {
  readonly #capacity: number;
  readonly #ring: TitleId[] = [];
  readonly #counts = new Map<TitleId, number>();
  #next = 0;

  /** @param capacity watches remembered; the oldest give way */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#ring.length;
  }

  add(titleId: TitleId): void {
    const replaced = this.#ring[this.#next];
    if (replaced !== undefined) this.#forget(replaced);
    this.#ring[this.#next] = titleId;
    this.#counts.set(titleId, (this.#counts.get(titleId) ?? 0) + 1);
    this.#next = (this.#next + 1) % this.#capacity;
  }

  /** A title with the probability that `share` tells. @throws where nothing was watched yet, as `Random.pick` does. */
  draw(random: Random): TitleId {
    return random.pick(this.#ring);
  }

  /** Share of the remembered watches that were of a title, 0 to 1; 0 where nothing was watched yet. */
  share(titleId: TitleId): number {
    return (this.#counts.get(titleId) ?? 0) / Math.max(1, this.#ring.length);
  }

  #forget(titleId: TitleId): void {
    const left = this.#counts.get(titleId)! - 1;
    if (left > 0) this.#counts.set(titleId, left);
    else this.#counts.delete(titleId);
  }
}
