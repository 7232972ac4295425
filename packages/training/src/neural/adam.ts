/** Adam (Kingma & Ba 2015) with decoupled weight decay, a linear warm-up, and an average of the weights it passes. */

export interface AdamOptions {
  readonly learningRate: number;
  /** Steps over which the rate rises from 0. */
  readonly warmUpSteps: number;
  /** Of every weight per step, times the learning rate (Loshchilov & Hutter 2019). */
  readonly weightDecay: number;
  /** Of the average: about 1 / (1 − it) steps count. The average is what is evaluated and kept. */
  readonly averageDecay: number;
}

const MOMENTUM = 0.9;
const SQUARED_MOMENTUM = 0.999;
const EPSILON = 1e-8;

export interface Adam {
  /** One step down a gradient, which is left as it is. */
  step(gradient: Float32Array): void;
  /** What all later steps have of the learning rate: 1 at first. */
  setRate(share: number): void;
  /** Average of the weights so far, early ones forgotten. */
  readonly average: Float32Array;
}

/** @param values are changed by every step; memory: three more of the same length */
export function createAdam(values: Float32Array, options: AdamOptions): Adam {
  const mean = new Float32Array(values.length);
  const square = new Float32Array(values.length);
  const average = values.slice();
  let steps = 0;
  let scale = 1;
  return {
    average,
    setRate(share) {
      scale = share;
    },
    step(gradient) {
      steps++;
      const rate = scale * options.learningRate * Math.min(1, steps / Math.max(1, options.warmUpSteps));
      const meanScale = rate / (1 - MOMENTUM ** steps);
      const squareScale = 1 / (1 - SQUARED_MOMENTUM ** steps);
      const shrink = 1 - rate * options.weightDecay;
      // A young average forgets faster, or it would remember the random beginning.
      const fresh = 1 - Math.min(options.averageDecay, (1 + steps) / (10 + steps));
      for (let i = 0; i < values.length; i++) {
        const own = gradient[i]!;
        const m = MOMENTUM * mean[i]! + (1 - MOMENTUM) * own;
        const s = SQUARED_MOMENTUM * square[i]! + (1 - SQUARED_MOMENTUM) * own * own;
        mean[i] = m;
        square[i] = s;
        const value = shrink * values[i]! - (meanScale * m) / (Math.sqrt(squareScale * s) + EPSILON);
        values[i] = value;
        average[i]! += fresh * (value - average[i]!);
      }
    },
  };
}
