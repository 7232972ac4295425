/** Histories as the network's inputs: sequences of similar length side by side, shorter ones filled up at the end. */
import { type Feeds, indexTensor } from '../../neural/graph-messages.ts';

/** Nobody attends to what comes later: e^−60 is nothing beside 1 in floats, and unlike e^−1,000 no denormal, which would be slow. */
const HIDDEN = -60;
/** Numbers of pairs that are kept, 12 bytes each. */
const MOST_PAIRS = 8_000_000;

/** By pair of positions, [length, length]: what the first is told of the second. */
export function pairsOf(length: number): {
  readonly causal: Float32Array;
  readonly distances: Uint32Array;
} {
  const causal = new Float32Array(new SharedArrayBuffer(4 * length * length));
  const distances = new Uint32Array(length * length);
  for (let at = 0; at < length; at++) {
    for (let other = 0; other < length; other++) {
      if (other > at) causal[at * length + other] = HIDDEN;
      distances[at * length + other] = Math.max(0, at - other);
    }
  }
  return { causal, distances };
}

export interface SequenceInputs {
  /** Feeds of the network itself. */
  readonly feeds: Feeds;
  /** Of the longest sequence. */
  readonly length: number;
}

export interface SequenceShapes {
  /** @param sequences rows of the item table, none empty, none longer than `maxLength` */
  inputs(sequences: readonly Uint32Array[]): SequenceInputs;
}

export function createSequenceShapes(): SequenceShapes {
  const byLength = new Map<number, Feeds>();
  let pairs = 0;
  const shape = (length: number): Feeds => {
    let feeds = byLength.get(length);
    if (feeds === undefined) {
      pairs += length * length;
      if (pairs > MOST_PAIRS) {
        byLength.clear();
        pairs = length * length;
      }
      const { causal, distances } = pairsOf(length);
      feeds = {
        causal: { data: causal, dims: [length, length] },
        distances: indexTensor(distances),
      };
      byLength.set(length, feeds);
    }
    return feeds;
  };
  return {
    inputs(sequences) {
      const length = sequences.reduce((most, sequence) => Math.max(most, sequence.length), 0);
      const items = new Uint32Array(sequences.length * length);
      const places = new Uint32Array(items.length);
      for (const [i, sequence] of sequences.entries()) {
        for (let at = 0; at < length; at++) {
          items[i * length + at] = sequence[at] ?? 0;
          places[i * length + at] = at;
        }
      }
      return {
        length,
        feeds: { ...shape(length), 'items-at': indexTensor(items), 'places-at': indexTensor(places) },
      };
    },
  };
}
