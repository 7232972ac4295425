/** Layers in plain TypeScript, row-major: what a graph computes, for a few rows, without waiting for a thread. */

const NORM_EPSILON = 1e-5;

/** x [n, i] · weight [i, o] + bias [o] → [n, o]. */
export function plainLinear(x: Float32Array, weight: Float32Array, bias: Float32Array): Float32Array {
  const outputs = bias.length;
  const inputs = weight.length / outputs;
  const y = new Float32Array((x.length / inputs) * outputs);
  for (let from = 0, to = 0; from < x.length; from += inputs, to += outputs) {
    y.set(bias, to);
    for (let i = 0; i < inputs; i++) {
      const value = x[from + i]!;
      const at = i * outputs;
      for (let o = 0; o < outputs; o++) y[to + o]! += value * weight[at + o]!;
    }
  }
  return y;
}

/** Rows of x [n, d] with mean 0 and variance 1, times gain [d], plus bias [d]. */
export function plainNorm(x: Float32Array, gain: Float32Array, bias: Float32Array): Float32Array {
  const d = gain.length;
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

/** Negative numbers become 0, in place. */
export function plainRelu(x: Float32Array): Float32Array {
  for (let i = 0; i < x.length; i++) x[i] = Math.max(0, x[i]!);
  return x;
}

/** Number by number. */
export function plainSum(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value + b[i]!);
}
