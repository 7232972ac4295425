/** The towers for single rows, in plain TypeScript: what the exported graphs compute. */
import type { Parameters } from '../../neural/parameters.ts';
import type { TitleSlots } from './tower-batches.ts';

/**
 * z of every title of the table, [titles, d]: content, and the id.
 * @param withIds false for titles as if they were new
 */
export function titleInputs({ byName }: Parameters, slots: TitleSlots, withIds = true): Float32Array {
  const ids = byName.get('ids')!;
  const features = byName.get('features')!;
  const z = withIds ? ids.slice() : new Float32Array(ids.length);
  const titles = slots.start.length - 1;
  const d = ids.length / titles;
  for (let title = 0; title < titles; title++) {
    const [first, end] = [slots.start[title]!, slots.start[title + 1]!];
    for (let slot = first; slot < end; slot++) {
      const from = slots.buckets[slot]! * d;
      for (let k = 0; k < d; k++) z[title * d + k]! += features[from + k]! / (end - first);
    }
  }
  return z;
}

/** z [n, d] → vectors [n, d]. */
export function titleVectors(parameters: Parameters, z: Float32Array): Float32Array {
  const hidden = layer(parameters, 'title.up', z);
  for (let i = 0; i < hidden.length; i++) hidden[i] = Math.max(0, hidden[i]!);
  return plus(z, layer(parameters, 'title.down', hidden));
}

/** One user's vector [d]. @param recent, taste means of z over the history */
export function userVector(
  parameters: Parameters,
  recent: Float32Array,
  taste: Float32Array,
  context: ArrayLike<number>,
): Float32Array {
  const hidden = plus(
    plus(layer(parameters, 'user.recent', recent), layer(parameters, 'user.taste', taste)),
    layer(parameters, 'user.context', Float32Array.from(context)),
  );
  for (let i = 0; i < hidden.length; i++) hidden[i] = Math.max(0, hidden[i]!);
  return plus(recent, layer(parameters, 'user.down', hidden));
}

/** Weighted mean of rows of z. */
export function meanOf(z: Float32Array, d: number, rows: Uint32Array, weights: Float32Array): Float32Array {
  const mean = new Float32Array(d);
  for (const [i, row] of rows.entries()) {
    for (let k = 0; k < d; k++) mean[k]! += weights[i]! * z[row * d + k]!;
  }
  return mean;
}

function layer({ byName }: Parameters, name: string, x: Float32Array): Float32Array {
  const weight = byName.get(`${name}.weight`)!;
  const bias = byName.get(`${name}.bias`)!;
  const outputs = bias.length;
  const inputs = weight.length / outputs;
  const y = new Float32Array((x.length / inputs) * outputs);
  for (let from = 0, to = 0; from < x.length; from += inputs, to += outputs) {
    y.set(bias, to);
    for (let i = 0; i < inputs; i++) {
      const value = x[from + i]!;
      for (let o = 0; o < outputs; o++) y[to + o]! += value * weight[i * outputs + o]!;
    }
  }
  return y;
}

function plus(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value + b[i]!);
}
