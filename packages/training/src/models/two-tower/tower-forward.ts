/** The towers for single rows, in plain TypeScript: what the exported graphs compute. */
import type { Parameters } from '../../neural/parameters.ts';
import { plainLinear, plainRelu, plainSum } from '../../neural/plain-layers.ts';
import type { TitleSlots } from './title-group.ts';

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
  return plainSum(z, layer(parameters, 'title.down', plainRelu(layer(parameters, 'title.up', z))));
}

/** One user's vector [d]. @param recent, taste means of z over the history */
export function userVector(
  parameters: Parameters,
  recent: Float32Array,
  taste: Float32Array,
  context: ArrayLike<number>,
): Float32Array {
  const hidden = plainSum(
    plainSum(layer(parameters, 'user.recent', recent), layer(parameters, 'user.taste', taste)),
    layer(parameters, 'user.context', Float32Array.from(context)),
  );
  return plainSum(recent, layer(parameters, 'user.down', plainRelu(hidden)));
}

/** z of a history, [n, d]. */
export function inputsOf(z: Float32Array, d: number, rows: Uint32Array): Float32Array {
  const own = new Float32Array(rows.length * d);
  for (const [i, row] of rows.entries()) own.set(z.subarray(row * d, (row + 1) * d), i * d);
  return own;
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
  return plainLinear(x, byName.get(`${name}.weight`)!, byName.get(`${name}.bias`)!);
}
