/**
 * The network for a single history, in plain TypeScript: what the ONNX graph computes, without waiting for a thread. The last
 * block is only computed for the last position, which is all that scores need.
 */
import type { Parameters } from '../../neural/parameters.ts';
import { plainLinear, plainNorm, plainRelu, plainSum } from '../../neural/plain-layers.ts';
import type { NetworkSettings } from './sequence-graph.ts';

/**
 * @param rows of the item table, oldest first, 1 to `maxLength`
 * @param scores by row, overwritten
 */
export function scoreSequence(
  settings: NetworkSettings,
  parameters: Parameters,
  rows: Uint32Array,
  scores: Float32Array,
): void {
  const { dimensions: d } = settings;
  const items = parameters.byName.get('items')!;
  const own = new Float32Array(rows.length * d);
  for (const [i, row] of rows.entries()) own.set(items.subarray(row * d, (row + 1) * d), i * d);
  const h = sequenceVector(settings, parameters, own);
  for (let row = 0; row < scores.length; row++) {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += h[k]! * items[row * d + k]!;
    scores[row] = sum;
  }
}

/**
 * What is multiplied with items' vectors, [d].
 * @param items vectors of a sequence's items, [n, d], the oldest first, 1 to `maxLength`
 */
export function sequenceVector(
  settings: NetworkSettings,
  { byName }: Parameters,
  items: Float32Array,
): Float32Array {
  const { dimensions: d, blocks, heads } = settings;
  const of = (name: string): Float32Array => byName.get(name)!;
  const n = items.length / d;
  const places = of('places');
  let x: Float32Array = items.map((value, i) => Math.sqrt(d) * value + places[i]!);
  for (let block = 0; block < blocks; block++) {
    const own = (name: string): Float32Array => of(`block${block}.${name}`);
    const first = block === blocks - 1 ? n - 1 : 0;
    const layer = (input: Float32Array, name: string) =>
      plainLinear(input, own(`${name}.weight`), own(`${name}.bias`));
    const normal = plainNorm(x, own('attention.norm.gain'), own('attention.norm.bias'));
    const mixed = attend(
      layer(normal.subarray(first * d), 'attention.query'),
      layer(normal, 'attention.key'),
      layer(normal, 'attention.value'),
      own('attention.distances'),
      { d, heads, n, first },
    );
    const attended = plainSum(x.subarray(first * d), layer(mixed, 'attention.out'));
    const wide = layer(plainNorm(attended, own('wide.norm.gain'), own('wide.norm.bias')), 'wide.up');
    x = plainSum(attended, layer(plainRelu(wide), 'wide.down'));
  }
  return plainNorm(x, of('norm.gain'), of('norm.bias'));
}

/** Queries begin at position `first`; keys and values are of all n. */
function attend(
  query: Float32Array,
  key: Float32Array,
  value: Float32Array,
  distances: Float32Array,
  {
    d,
    heads,
    n,
    first,
  }: { readonly d: number; readonly heads: number; readonly n: number; readonly first: number },
): Float32Array {
  const mixed = new Float32Array(query.length);
  const size = d / heads;
  const weights = new Float64Array(n);
  for (let at = first; at < n; at++) {
    const own = (at - first) * d;
    for (let head = 0; head < heads; head++) {
      const from = head * size;
      let most = Number.NEGATIVE_INFINITY;
      for (let other = 0; other <= at; other++) {
        let dot = 0;
        for (let k = from; k < from + size; k++) dot += query[own + k]! * key[other * d + k]!;
        const score = dot / Math.sqrt(size) + distances[(at - other) * heads + head]!;
        weights[other] = score;
        most = Math.max(most, score);
      }
      let total = 0;
      for (let other = 0; other <= at; other++) {
        weights[other] = Math.exp(weights[other]! - most);
        total += weights[other]!;
      }
      for (let other = 0; other <= at; other++) {
        const share = weights[other]! / total;
        for (let k = from; k < from + size; k++) mixed[own + k]! += share * value[other * d + k]!;
      }
    }
  }
  return mixed;
}
