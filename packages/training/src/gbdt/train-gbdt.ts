/**
 * Gradient-boosted decision trees on histograms (Friedman 2001; Chen & Guestrin 2016; Ke et al. 2017), leaf-wise.
 *
 * Splits are found on gradients rounded at random to 13 bits and hessians to 8 (Shi et al. 2022), so that their sums are whole numbers:
 * any number of threads gives the same model, bit for bit. What leaves are worth comes from the exact gradients.
 */
import { setImmediate as nextTick } from 'node:timers/promises';
import { createRandom } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { defaultThreads } from '../kernels/kernel-pool.ts';
import { createMemoryPlan } from '../kernels/memory-plan.ts';
import type { GbdtModel } from './gbdt-model.ts';
import { type GbdtOptions, type GbdtSettings, type GbdtTraining, gbdtSettings } from './gbdt-options.ts';
import { type GbdtRows, requireRows } from './gbdt-rows.ts';
import {
  BINS,
  type BoostingState,
  CHUNK_ROWS,
  createBoostingState,
  STAGE_ROWS,
} from './training/boosting-state.ts';
import { type ColumnBins, findBins } from './training/column-bins.ts';
import { growTree, type TreeNode } from './training/grow-tree.ts';
import { createKernelRunner, type KernelRunner } from './training/kernel-runner.ts';
import { createModelBuilder, leavesOf } from './training/model-builder.ts';
import { createObjective, type Objective } from './training/objectives.ts';
import { applyTree } from './training/tree-values.ts';
import { createValidation } from './training/validation.ts';

const MAX_GRADIENT = 4_095;
const MAX_HESSIAN = 255;
/** Rows that a chunk of the binning takes. */
const BINNED_ROWS = 2_048;
const ALL_ROWS = 0xffffffff;

export interface GbdtResult {
  readonly model: GbdtModel;
  /** The validation figure after each tree, also of those that early stopping took back; empty without a validation set. */
  readonly validation: readonly number[];
}

/**
 * Where nothing can be divided (one row, constant columns, too few rows for `minChildRows`), the model has no trees and scores everything
 * with the mean. Interrupted, there is no model at all.
 * @throws MarqueeError BAD_USER_INPUT for rows or options that do not fit, or more than fits into memory; the signal's reason
 */
export async function trainGbdt(
  data: GbdtRows,
  options: GbdtOptions,
  training: GbdtTraining = {},
): Promise<GbdtResult> {
  training.signal?.throwIfAborted();
  const settings = gbdtSettings(options, data.columns);
  await requireRows(data, settings);
  await requireValidation(data, training.validation, settings);
  const threads = training.threads ?? defaultThreads();
  const plan = createMemoryPlan();
  const objective = createObjective(plan, data, settings);
  const state = createBoostingState(plan, data, settings, threads, objective.greatestGroup);
  objective.prepare(state.memory);
  const runner = createKernelRunner({
    memory: state.memory,
    scratch: state.scratch,
    kernels: training.kernels ?? 'webassembly',
    ...(training.signal && { signal: training.signal }),
  });
  try {
    const bins = await findBins(data, settings.maxBins, settings.categorical, settings.seed);
    await binRows(state, runner, data, bins);
    return await boost({ state, runner, settings, bins, objective, margins: data.margins }, training);
  } finally {
    await runner.close();
  }
}

async function requireValidation(
  data: GbdtRows,
  validation: GbdtRows | undefined,
  settings: GbdtSettings,
): Promise<void> {
  if (validation === undefined) {
    if (settings.earlyStopping === 0) return;
    throw new MarqueeError('BAD_USER_INPUT', 'earlyStopping needs a validation set');
  }
  await requireRows(validation, settings, 'validation');
  if ((validation.margins === undefined) !== (data.margins === undefined)) {
    throw new MarqueeError('BAD_USER_INPUT', 'margins are given for all rows or for none');
  }
  if (validation.columns !== data.columns) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      `the validation set has ${validation.columns} columns, the training set ${data.columns}`,
    );
  }
}

interface Boosting {
  readonly state: BoostingState;
  readonly runner: KernelRunner;
  readonly settings: GbdtSettings;
  readonly bins: readonly ColumnBins[];
  readonly objective: Objective;
  readonly margins?: Float32Array | undefined;
}

async function boost(boosting: Boosting, training: GbdtTraining): Promise<GbdtResult> {
  const { state, settings, bins, objective } = boosting;
  const { validation: held, onProgress, signal } = training;
  const { margins } = boosting;
  const baseScore = margins === undefined ? objective.baseScore : 0;
  const validation = held && createValidation(held, settings, baseScore);
  const builder = createModelBuilder(settings.objective, bins, baseScore);
  const figures: number[] = [];
  const random = createRandom(settings.seed);
  const useful = [...bins.keys()].filter((column) => bins[column]!.bins > 1 || hasMissing(state, column));
  const sampling = settings.columnFraction < 1 || settings.rowFraction < 1;
  if (margins === undefined) state.scores.fill(baseScore);
  else state.scores.set(margins.subarray(0, state.rows));
  for (let round = 0; round < settings.trees && useful.length > 0; round++) {
    const columns = drawColumns(useful, settings.columnFraction, random);
    const treeSeed = random.integer(ALL_ROWS);
    const tree = await nextTree(boosting, columns, treeSeed);
    await nextTick();
    signal?.throwIfAborted();
    if (tree.children === undefined) {
      // Drawn again, another tree may find something.
      if (sampling) continue;
      break;
    }
    const values = await applyTree(state, boosting.runner, leavesOf(tree), settings);
    builder.add(tree, values);
    if (validation) {
      const newest = createModelBuilder(settings.objective, bins, 0);
      newest.add(tree, values);
      figures.push(await validation.add(newest.build()));
    }
    onProgress?.({
      trees: builder.trees,
      ofTrees: settings.trees,
      ...(figures.length > 0 && { validation: figures.at(-1)! }),
    });
    if (validation?.exhausted) break;
  }
  signal?.throwIfAborted();
  const trees = settings.earlyStopping > 0 ? validation?.bestTrees : undefined;
  return { model: builder.build(trees), validation: figures };
}

async function nextTree(
  { state, runner, settings, bins, objective }: Boosting,
  columns: readonly number[],
  seed: number,
): Promise<TreeNode> {
  const { at, rows, greatest } = state;
  const chunks = await objective.gradients(state, runner);
  let maxGradient = 0;
  let maxHessian = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    maxGradient = Math.max(maxGradient, greatest[2 * chunk]!);
    maxHessian = Math.max(maxHessian, greatest[2 * chunk + 1]!);
  }
  // The greatest is a whole number already; the random addition, less than 1, does not lift it over the limit.
  const gradientScale = maxGradient > 0 ? MAX_GRADIENT / maxGradient : 0;
  const hessianScale = maxHessian > 0 ? MAX_HESSIAN / maxHessian : 0;
  const sampled = settings.rowFraction < 1 ? Math.floor(settings.rowFraction * ALL_ROWS) : ALL_ROWS;
  await runner.run(
    'packGradients',
    Math.ceil(rows / CHUNK_ROWS),
    rows * 6,
    ...[CHUNK_ROWS, rows, at.pairs, at.packed, gradientScale, hessianScale, seed, sampled],
  );
  return growTree({
    ...{ state, runner, settings, bins, columns },
    gradientUnit: maxGradient / MAX_GRADIENT,
    hessianUnit: maxHessian / MAX_HESSIAN,
  });
}

/** Ascending. */
function drawColumns(
  useful: readonly number[],
  fraction: number,
  random: ReturnType<typeof createRandom>,
): readonly number[] {
  if (fraction >= 1) return useful;
  const count = Math.max(1, Math.round(fraction * useful.length));
  return random
    .shuffle(useful)
    .slice(0, count)
    .sort((a, b) => a - b);
}

/** A column of one value may still be missing here and there. */
function hasMissing(state: BoostingState, column: number): boolean {
  const { at, rows, memory } = state;
  return new Uint8Array(memory.buffer, at.columnBins + column * rows, rows).includes(0);
}

async function binRows(
  state: BoostingState,
  runner: KernelRunner,
  { matrix, rows, columns }: GbdtRows,
  bins: readonly ColumnBins[],
): Promise<void> {
  const { at } = state;
  state.cuts.fill(Number.POSITIVE_INFINITY);
  for (const [column, { edges, categorical }] of bins.entries()) {
    state.cuts.set(edges, column * BINS);
    state.categorical[column] = categorical ? 1 : 0;
  }
  for (let first = 0; first < rows; first += STAGE_ROWS) {
    const staged = Math.min(STAGE_ROWS, rows - first);
    state.stage.set(matrix.subarray(first * columns, (first + staged) * columns));
    await runner.run(
      'binRows',
      Math.ceil(staged / BINNED_ROWS),
      staged * columns * 10,
      ...[
        BINNED_ROWS,
        staged,
        columns,
        at.stage,
        at.cuts,
        at.categorical,
        first,
        state.stride,
        at.bins,
        rows,
        at.columnBins,
      ],
    );
  }
}
