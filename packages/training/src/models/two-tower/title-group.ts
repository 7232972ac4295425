/**
 * The titles of one group of examples: each is embedded once, whether it is a target, a random candidate or in somebody's history.
 * Candidates come first.
 */
import type { Random } from '@marquee/domain';
import { type Feeds, indexTensor, type TensorValue } from '../../neural/graph-messages.ts';
import type { ItemRows } from '../sequential/sequence-data.ts';
import { featureBuckets, type TitleContent } from './title-content.ts';
import type { TwoTowerSettings } from './two-tower-options.ts';

/** Hashed features of the titles of the table: row r's are `buckets[start[r] .. start[r + 1]]`. */
export interface TitleSlots {
  readonly start: Uint32Array;
  readonly buckets: Uint32Array;
}

export function titleSlots(items: ItemRows, content: TitleContent | undefined, buckets: number): TitleSlots {
  const own = Array.from(items.items, (item) => featureBuckets(content?.[item] ?? [], buckets));
  const start = new Uint32Array(own.length + 1);
  for (const [row, features] of own.entries()) start[row + 1] = start[row]! + features.length;
  return { start, buckets: Uint32Array.from(own.flat()) };
}

export class TitleGroups {
  readonly #items: ItemRows;
  readonly #slots: TitleSlots;
  readonly #settings: Pick<TwoTowerSettings, 'negatives' | 'idDropOut'>;
  readonly #interactions: number;
  /** The place of a title within the group, and the group it was put there for. */
  readonly #placeOf: Uint32Array;
  readonly #groupOf: Uint32Array;
  #group = 0;
  #used: number[] = [];

  constructor(
    items: ItemRows,
    slots: TitleSlots,
    settings: Pick<TwoTowerSettings, 'negatives' | 'idDropOut'>,
  ) {
    this.#items = items;
    this.#slots = slots;
    this.#settings = settings;
    this.#interactions = items.counts.reduce((sum, count) => sum + count, 0);
    this.#placeOf = new Uint32Array(items.items.length);
    this.#groupOf = new Uint32Array(items.items.length);
  }

  /**
   * Begins the next group: its targets, and random titles, are its candidates.
   * @param targets titles by row of the table
   */
  begin(targets: Uint32Array, random: Random): Feeds {
    this.#group++;
    this.#used = [];
    const titles = this.#items.items.length;
    const { negatives } = this.#settings;
    for (const title of targets) this.place(title);
    for (let i = 0; i < negatives; i++) this.place(random.integer(titles));
    // −log of the expected number of times a title is among the candidates: popular ones are there more often.
    const offset = Float32Array.from(this.#used, (title) => {
      const asTarget = (targets.length * this.#items.counts[title]!) / this.#interactions;
      return -Math.log(Math.min(1, negatives / titles + asTarget));
    });
    return {
      candidates: indexTensor(Uint32Array.from({ length: offset.length }, (_, i) => i)),
      offset: { data: offset, dims: [1, offset.length] },
    };
  }

  /** Of a title in the group, where it is put if it is not there. */
  place(title: number): number {
    if (this.#groupOf[title] !== this.#group) {
      this.#groupOf[title] = this.#group;
      this.#placeOf[title] = this.#used.length;
      this.#used.push(title);
    }
    return this.#placeOf[title]!;
  }

  /** Of a title that is in the group already. */
  known(title: number): number | undefined {
    return this.#groupOf[title] === this.#group ? this.#placeOf[title] : undefined;
  }

  /** Of all titles of the group. */
  feeds(random: Random): Feeds {
    const { start, buckets } = this.#slots;
    const used = this.#used;
    const features: number[] = [];
    const featureTitles: number[] = [];
    const featureWeights: number[] = [];
    for (const [i, title] of used.entries()) {
      for (let slot = start[title]!; slot < start[title + 1]!; slot++) {
        features.push(buckets[slot]!);
        featureTitles.push(i);
        featureWeights.push(1 / (start[title + 1]! - start[title]!));
      }
    }
    return {
      'id-rows': indexTensor(used),
      'id-weights': column(Float32Array.from(used, () => Number(random.next() >= this.#settings.idDropOut))),
      'feature-rows': indexTensor(features),
      'feature-titles': indexTensor(featureTitles),
      'feature-weights': column(Float32Array.from(featureWeights)),
    };
  }
}

export function column(data: Float32Array): TensorValue {
  return { data, dims: [data.length, 1] };
}
