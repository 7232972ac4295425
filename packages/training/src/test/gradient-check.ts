/** Compares a graph's gradients with differences of its loss, in doubles, number by number. */

import type { Value } from '../neural/graph-builder.ts';
import type { Feeds, TensorValue } from '../neural/graph-messages.ts';
import { openGraphPool } from '../neural/graph-pool.ts';
import { Tape } from '../neural/tape.ts';
import { LOSS_OUTPUT } from '../neural/trainer.ts';

const STEP = 1e-5;

/**
 * @param build adds the loss to a tape and says its parameters and the other inputs
 * @param stride compares the first of every so many numbers of a parameter
 * @returns the largest difference, relative to the larger of the numbers and 1e-3, and the number of compared numbers
 */
export async function gradientError(
  build: (tape: Tape) => { readonly loss: Value; readonly feeds: Feeds; readonly parameters: Feeds },
  stride = 1,
): Promise<{ readonly worst: number; readonly compared: number; readonly largest: number }> {
  const tape = new Tape('double');
  const { loss, feeds, parameters } = build(tape);
  tape.graph.output(LOSS_OUTPUT, loss);
  const parts = tape.gradients(loss);
  const pool = await openGraphPool(tape.graph.encode('check'), { threads: 1 });
  try {
    const run = (changed: Feeds, fetches: readonly string[]) =>
      pool.run({ ...feeds, ...parameters, ...changed }, fetches);
    const results = await run(
      {},
      parts.map(({ output }) => output),
    );
    let [worst, compared, largest] = [0, 0, 0];
    for (const [name, { data, dims }] of Object.entries(parameters)) {
      const gradient = new Float64Array(data.length);
      for (const { parameter, output, rows } of parts) {
        if (parameter !== name) continue;
        const own = results[output]!;
        const places = rows === undefined ? undefined : (feeds[rows]!.data as BigInt64Array);
        const width = places === undefined ? own.length : own.length / places.length;
        for (let i = 0; i < own.length; i++) {
          const row = places === undefined ? 0 : Number(places[Math.floor(i / width)]!);
          gradient[row * width + (i % width)]! += own[i]!;
        }
      }
      for (let i = 0; i < data.length; i += stride) {
        const at = async (difference: number): Promise<number> => {
          const moved = (data as Float64Array).slice();
          moved[i]! += difference;
          return (await run({ [name]: { data: moved, dims } }, [LOSS_OUTPUT]))[LOSS_OUTPUT]![0]!;
        };
        const expected = ((await at(STEP)) - (await at(-STEP))) / (2 * STEP);
        const size = Math.max(Math.abs(expected), Math.abs(gradient[i]!), 1e-3);
        worst = Math.max(worst, Math.abs(expected - gradient[i]!) / size);
        largest = Math.max(largest, Math.abs(expected));
        compared++;
      }
    }
    return { worst, compared, largest };
  } finally {
    await pool.close();
  }
}

/** Doubles that are spread, and the same every time. */
export function spread(dims: readonly number[], phase: number): TensorValue {
  const length = dims.reduce((size, next) => size * next, 1);
  return { data: Float64Array.from({ length }, (_, i) => Math.sin(1.7 * i + phase) * 0.8), dims };
}

export function rows(...values: readonly number[]): TensorValue {
  return { data: BigInt64Array.from(values, BigInt), dims: [values.length] };
}
