/**
 * The vector of a user who was not trained on, or has changed since: the same solver on one row, with the items'
 * Gramian kept from training. On the calling thread, since it takes some ten microseconds at 64 dimensions.
 */
import { readFileSync } from 'node:fs';
import { MarqueeError } from '@marquee/service-kit';
import { createMemoryPlan, floats, words } from '../../kernels/memory-plan.ts';
import { Instance, Module } from '../../kernels/webassembly.ts';
import { type Factors, solverScratch } from './factorise.ts';
import { type IalsSettings, regularisation } from './ials-options.ts';

export type FoldInSettings = Pick<IalsSettings, 'dimensions' | 'lambda' | 'unobservedWeight' | 'nu'>;

export interface FoldIn {
  /** `items.length × dimensions`. */
  readonly itemVectors: Float32Array;
  /**
   * The result is overwritten by the next call. Zeros for no items.
   * @param items distinct; more than the number of items of the training are cut off at the beginning
   */
  vectorOf(items: Uint32Array): Float32Array;
  /**
   * What the last `vectorOf` solved with: U of UᵀU = α₀ G + Σ h hᵀ + λ I, dimensions × dimensions, a copy. Only the upper
   * triangle means anything.
   */
  normalFactor(): Float32Array;
}

export function createFoldIn(
  { items, itemGram, knownItems }: Pick<Factors, 'items' | 'itemGram' | 'knownItems'>,
  settings: FoldInSettings,
): FoldIn {
  const { dimensions, unobservedWeight } = settings;
  const count = items.length / dimensions;
  const plan = createMemoryPlan();
  const vectors = plan.region(items.byteLength);
  const gram = plan.region(itemGram.byteLength);
  const start = plan.region(8);
  const places = plan.region(4 * count);
  const lambda = plan.region(4);
  const result = plan.region(4 * dimensions);
  const scratch = plan.region(solverScratch(dimensions));
  const memory = plan.allocate('folding users in');
  const itemVectors = floats(memory, vectors);
  itemVectors.set(items);
  floats(memory, gram).set(itemGram);
  const module = new Module(readFileSync(new URL('../../kernels/kernels.wasm', import.meta.url)));
  const { exports } = new Instance(module, { env: { memory } });
  const solveRows = exports.solveRows as (...parameters: readonly number[]) => number;
  const vector = floats(memory, result);
  // The kernel keeps the matrix at the beginning of its scratch and factorises it in place.
  const factor = floats(memory, { at: scratch.at, bytes: 4 * dimensions * dimensions });
  return {
    itemVectors,
    vectorOf(history) {
      const own = history.length > count ? history.subarray(history.length - count) : history;
      words(memory, start).set([0, own.length]);
      words(memory, places).set(own);
      floats(memory, lambda)[0] = regularisation(settings, own.length, knownItems);
      const failed = solveRows(
        ...[0, scratch.at, 1, 1, dimensions, gram.at],
        ...[start.at, places.at, vectors.at, result.at, lambda.at, unobservedWeight],
      );
      if (failed !== 0) throw new MarqueeError('DATA_CORRUPT', 'the item vectors are not numbers');
      return vector;
    },
    normalFactor: () => factor.slice(),
  };
}
