/**
 * The network for a single history, in plain TypeScript: what the ONNX graph computes, without waiting for a thread. The last
 * block is only computed for the last position, which is all that scores need.
 */
import type { Parameters } from '../../neural/parameters.ts';
import type { NetworkSettings } from './sequence-graph.ts';

const NORM_EPSILON = 1e-5;

/**
 * @param rows of the item table, oldest first, 1 to `maxLength`
 * @param scores by row, overwritten
 */
export function scoreSequence(
  settings: NetworkSettings,
  { byName }: Parameters,
  rows: Uint32Array,
  scores: Float32Array,
): void {
  const { dimensions: d, blocks, heads } = settings;
  const of = (name: string): Float32Array => byName.get(name)!;
  const n = rows.length;
  const items = of('items');
  const places = of('places');
  let x: Float32Array = new Float32Array(n * d);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < d; k++) x[i * d + k] = Math.sqrt(d) * items[rows[i]! * d + k]! + places[i * d + k]!;
  }
  for (let block = 0; block < blocks; block++) {
    const own = (name: string): Float32Array => of(`block${block}.${name}`);
    const first = block === blocks - 1 ? n - 1 : 0;
    const layer = (input: Float32Array, name: string) =>
      linear(input, own(`${name}.weight`), own(`${name}.bias`));
    const normal = norm(x, d, own('attention.norm.gain'), own('attention.norm.bias'));
    const mixed = attend(
      layer(normal.subarray(first * d), 'attention.query'),
      layer(normal, 'attention.key'),
      layer(normal, 'attention.value'),
      own('attention.distances'),
      { d, heads, n, first },
    );
    const attended = plus(x.subarray(first * d), layer(mixed, 'attention.out'));
    const wide = layer(norm(attended, d, own('wide.norm.gain'), own('wide.norm.bias')), 'wide.up');
    for (let i = 0; i < wide.length; i++) wide[i] = Math.max(0, wide[i]!);
    x = plus(attended, layer(wide, 'wide.down'));
  }
  const h = norm(x, d, of('norm.gain'), of('norm.bias'));
  for (let row = 0; row < scores.length; row++) {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += h[k]! * items[row * d + k]!;
    scores[row] = sum;
  }
}

/** x [n, i] · w [i, o] + b. */
function linear(x: Float32Array, w: Float32Array, b: Float32Array): Float32Array {
  const outputs = b.length;
  const inputs = w.length / outputs;
  const y = new Float32Array((x.length / inputs) * outputs);
  for (let row = 0, from = 0; from < x.length; row += outputs, from += inputs) {
    y.set(b, row);
    for (let i = 0; i < inputs; i++) {
      const value = x[from + i]!;
      const at = i * outputs;
      for (let o = 0; o < outputs; o++) y[row + o]! += value * w[at + o]!;
    }
  }
  return y;
}

function norm(x: Float32Array, d: number, gain: Float32Array, bias: Float32Array): Float32Array {
  const y = new Float32Array(x.length);
  for (let from = 0; from < x.length; from += d) {
    let mean = 0;
    for (let k = 0; k < d; k++) mean += x[from + k]! / d;
    let variance = 0;
    for (let k = 0; k < d; k++) variance += (x[from + k]! - mean) ** 2 / d;
    const scale = 1 / Math.sqrt(variance + NORM_EPSILON);
    for (let k = 0; k < d; k++) y[from + k] = (x[from + k]! - mean) * scale * gain[k]! + bias[k]!;
  }
  return y;
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

function plus(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value + b[i]!);
}
