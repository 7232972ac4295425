/** A network's parameters: one piece of shared memory that the optimiser walks and the training threads read. */
import { createRandom } from '@marquee/domain';

export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Deviation of the normal it begins with, or the number that all begin as. */
  readonly initial: { readonly deviation: number } | { readonly value: number };
}

export interface Parameters {
  readonly specs: readonly ParameterSpec[];
  /** All of them, one after the other. */
  readonly values: Float32Array;
  /** Views by name. */
  readonly byName: ReadonlyMap<string, Float32Array>;
}

/** Drawn per parameter, so that one more or less does not change the others. */
export function initialParameters(specs: readonly ParameterSpec[], seed: number): Parameters {
  const parameters = parametersLike(specs);
  const random = createRandom(seed);
  for (const { name, initial } of specs) {
    const own = parameters.byName.get(name)!;
    if ('value' in initial) own.fill(initial.value);
    else {
      const draws = random.fork(name);
      for (let i = 0; i < own.length; i++) own[i] = draws.normal(0, initial.deviation);
    }
  }
  return parameters;
}

/** Zeros of the same shapes: for gradients, averages and copies. */
export function parametersLike(specs: readonly ParameterSpec[]): Parameters {
  const sizes = specs.map(({ shape }) => shape.reduce((size, length) => size * length, 1));
  const values = new Float32Array(new SharedArrayBuffer(4 * sizes.reduce((sum, size) => sum + size, 0)));
  const byName = new Map<string, Float32Array>();
  let at = 0;
  for (const [i, { name }] of specs.entries()) {
    byName.set(name, values.subarray(at, at + sizes[i]!));
    at += sizes[i]!;
  }
  return { specs, values, byName };
}
