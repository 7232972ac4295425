/**
 * Steps of gradient descent: the parts of a batch run on the threads, their gradients are added in the order of the parts,
 * and one Adam step follows. So the same parts give the same bytes, whatever the number of threads.
 */
import { MarqueeError } from '@marquee/service-kit';
import { type AdamOptions, createAdam } from './adam.ts';
import type { Feeds, Results } from './graph-messages.ts';
import { openGraphPool } from './graph-pool.ts';
import { type Parameters, parametersLike } from './parameters.ts';
import type { GradientPart } from './tape.ts';

export const LOSS_OUTPUT = 'loss';

export interface TrainingGraph {
  /** Parameters are inputs by their names; the scalar `LOSS_OUTPUT` and all gradient parts are outputs. */
  readonly bytes: Uint8Array;
  readonly gradients: readonly GradientPart[];
}

export interface Trainer {
  /**
   * @param parts feeds besides the parameters; losses are summed, so parts bring weights that sum to 1
   * @returns the loss before the step
   * @throws MarqueeError BAD_USER_INPUT when it is not finite: training has diverged
   */
  step(parts: readonly Feeds[]): Promise<number>;
  readonly average: Float32Array;
  /** What all later steps have of the learning rate: 1 at first. */
  setRate(share: number): void;
  close(): Promise<void>;
}

export interface TrainerOptions extends AdamOptions {
  readonly threads: number;
  readonly signal?: AbortSignal;
}

export async function createTrainer(
  graph: TrainingGraph,
  parameters: Parameters,
  options: TrainerOptions,
): Promise<Trainer> {
  const pool = await openGraphPool(graph.bytes, options);
  const adam = createAdam(parameters.values, options);
  const gradient = parametersLike(parameters.specs);
  const weights = parameterFeeds(parameters);
  const fetches = [LOSS_OUTPUT, ...graph.gradients.map(({ output }) => output)];
  return {
    average: adam.average,
    setRate: (share) => adam.setRate(share),
    async step(parts) {
      const all = await Promise.all(parts.map((feeds) => pool.run({ ...weights, ...feeds }, fetches)));
      const loss = all.reduce((sum, results) => sum + results[LOSS_OUTPUT]![0]!, 0);
      gradient.values.fill(0);
      for (const [i, results] of all.entries()) addGradients(gradient, graph.gradients, results, parts[i]!);
      if (!Number.isFinite(loss) || !finite(gradient.values)) {
        throw new MarqueeError('BAD_USER_INPUT', {
          message: `training has diverged (loss ${loss}); a smaller learningRate helps`,
          field: 'learningRate',
        });
      }
      adam.step(gradient.values);
      return loss;
    },
    close: () => pool.close(),
  };
}

export function parameterFeeds({ specs, byName }: Parameters): Feeds {
  return Object.fromEntries(specs.map(({ name, shape }) => [name, { data: byName.get(name)!, dims: shape }]));
}

/** Adds what one run of the graph says about each parameter. */
export function addGradients(
  into: Parameters,
  parts: readonly GradientPart[],
  results: Results,
  feeds: Feeds,
): void {
  for (const { parameter, output, rows } of parts) {
    const total = into.byName.get(parameter)!;
    const own = results[output]!;
    if (rows === undefined) {
      for (let i = 0; i < total.length; i++) total[i]! += own[i]!;
      continue;
    }
    const { buffer, byteOffset, length } = feeds[rows]!.data as BigInt64Array;
    // As halves, without a BigInt per row: the upper ones are 0.
    const places = new Uint32Array(buffer, byteOffset, 2 * length);
    const width = own.length / length;
    for (let row = 0; row < length; row++) {
      const to = places[2 * row]! * width;
      const from = row * width;
      for (let i = 0; i < width; i++) total[to + i]! += own[from + i]!;
    }
  }
}

/** A sum is not finite as soon as one summand is not. */
function finite(values: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
  return sum === 0;
}
