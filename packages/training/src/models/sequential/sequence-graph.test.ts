import { createRandom } from '@marquee/domain';
import { describe, expect, it } from 'vitest';
import type { Feeds } from '../../neural/graph-messages.ts';
import { initialParameters } from '../../neural/parameters.ts';
import type { Tape } from '../../neural/tape.ts';
import { gradientError, rows } from '../../test/gradient-check.ts';
import { createSequenceShapes } from './sequence-batch.ts';
import { scoreSequence } from './sequence-forward.ts';
import { sequenceLoss, sequenceParameters } from './sequence-graph.ts';
import { openSequenceScoring } from './sequence-scoring.ts';
import { SEQUENTIAL_DEFAULTS } from './sequential-options.ts';

const SMALL = { ...SEQUENTIAL_DEFAULTS, dimensions: 4, heads: 2, maxLength: 4, dropOut: 0.25 };
const ITEMS = 7;
/** Every so many numbers of each parameter are compared: a difference costs two runs. */
const STRIDE = 5;

/** As drawn, but all of them away from zero, gains and biases included. */
function drawn(settings: typeof SMALL = SMALL, items = ITEMS) {
  const specs = sequenceParameters(settings, items);
  const parameters = initialParameters(specs, 3);
  const random = createRandom(9);
  for (let i = 0; i < parameters.values.length; i++) parameters.values[i]! += random.normal(0, 0.3);
  return parameters;
}

function doubles(feeds: Feeds): Feeds {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { data, dims }]) => [
      name,
      { data: data instanceof Float32Array ? Float64Array.from(data) : data, dims },
    ]),
  );
}

describe('the sequence network', () => {
  it.each([false, true])('its gradients equal differences of the loss (sampled: %s)', async (sampled) => {
    const { byName, specs } = drawn();
    const sequences = [Uint32Array.of(1, 5, 2, 6), Uint32Array.of(3, 0, 4)];
    const { feeds } = createSequenceShapes().inputs(sequences);
    const masks = Object.fromEntries(
      Array.from({ length: 5 }, (_, mask) => [
        `mask${mask}`,
        { data: Uint8Array.from({ length: 32 }, (__, i) => Number((i + mask) % 4 !== 0)), dims: [8, 4] },
      ]),
    );
    const { worst, compared, largest } = await gradientError(
      (tape: Tape) => ({
        loss: sequenceLoss(tape, SMALL, ITEMS, sampled),
        parameters: doubles(
          Object.fromEntries(
            specs.map(({ name, shape }) => [name, { data: byName.get(name)!, dims: shape }]),
          ),
        ),
        feeds: {
          ...doubles(feeds),
          ...masks,
          targets: rows(0, 1, 2, 2, 3, 1, 0, 0),
          weights: { data: Float64Array.of(0.2, 0.1, 0.1, 0.2, 0.1, 0.2, 0.1, 0), dims: [8, 1] },
          excluded: { data: rows(0, 3, 1, 3, 1, 0, 5, 2).data, dims: [4, 2] },
          ...(sampled && {
            candidates: rows(6, 2, 4, 1),
            offset: { data: Float64Array.of(0.5, 1, 0, 2), dims: [1, 4] },
          }),
        },
      }),
      STRIDE,
    );
    const sizes = specs.map(({ shape }) => shape.reduce((size, length) => size * length, 1));
    expect(compared).toBe(sizes.reduce((sum, size) => sum + Math.ceil(size / STRIDE), 0));
    expect(largest).toBeGreaterThan(0.01);
    // A relu whose input is near zero would not be smooth within the step; none is here.
    expect(worst).toBeLessThan(1e-5);
  });

  it('scores in ONNX, in batches of any company, as in TypeScript', async () => {
    const settings = { ...SEQUENTIAL_DEFAULTS, dimensions: 16, heads: 2, maxLength: 12 };
    const parameters = drawn(settings, 30);
    const random = createRandom(5);
    const sequences = [1, 12, 5, 5, 2].map((length) =>
      Uint32Array.from({ length }, () => random.integer(30)),
    );
    const scoring = await openSequenceScoring(settings, 30, { threads: 1 });
    let asked = 0;
    try {
      await scoring.score(parameters, sequences, (index, scores) => {
        const expected = new Float32Array(30);
        scoreSequence(settings, parameters, sequences[index]!, expected);
        asked++;
        for (let row = 0; row < 30; row++) {
          const size = Math.max(1, Math.abs(expected[row]!));
          expect(Math.abs(scores[row]! - expected[row]!) / size).toBeLessThan(1e-5);
        }
      });
    } finally {
      await scoring.close();
    }
    expect(asked).toBe(5);
  });
});
