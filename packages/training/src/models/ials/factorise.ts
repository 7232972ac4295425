/**
 * The rounds of iALS on threads, in one shared memory: both sides' vectors, both directions of the interactions, a
 * regularisation per row, partial Gramians, and a matrix per thread. With U users, I items and N interactions that is
 * about 4 d (U + I) + 8 N + 8 (U + I) bytes: 10 million interactions of 1 million users take 350 MB.
 *
 * Every row is solved from the other side's vectors alone, and partial Gramians are added in their order, so the
 * result is the same for any number of threads.
 */
import { createRandom } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { byItem, type Interactions } from '../../interactions/index.ts';
import { createKernelPool, defaultThreads, type KernelPool } from '../../kernels/kernel-pool.ts';
import { createMemoryPlan, floats, type MemoryPlan, type Region, words } from '../../kernels/memory-plan.ts';
import type { SharedMemory } from '../../kernels/webassembly.ts';
import type { TrainingOptions } from '../retrieval-model.ts';
import { type IalsSettings, regularisation } from './ials-options.ts';

const GRAM_ROWS = 4_096;
/** Few enough that threads end together, many enough that drawing chunks costs nothing. */
const SOLVED_ROWS = 32;
/** Vectors the kernel gathers at once. */
const BATCH = 96;

export interface Factors {
  /** `users.length × dimensions`, zeros for users without rows. */
  readonly users: Float32Array;
  readonly items: Float32Array;
  /** Of the items: dimensions × dimensions, upper triangle. */
  readonly itemGram: Float32Array;
  /** Items that have users. */
  readonly knownItems: number;
}

/** Bytes of a thread's scratch. */
export function solverScratch(dimensions: number): number {
  return 4 * dimensions * (dimensions + BATCH);
}

/** One direction of the interactions: which vectors of the other side belong to each row. */
interface Side {
  readonly rows: number;
  readonly start: Region;
  readonly places: Region;
  readonly lambdas: Region;
  readonly vectors: Region;
}

export async function factorise(
  interactions: Interactions,
  settings: IalsSettings,
  options: TrainingOptions,
): Promise<Factors> {
  const { dimensions } = settings;
  const { users, items } = interactions;
  const index = byItem(interactions);
  const plan = createMemoryPlan();
  const userSide = planSide(plan, users.length, interactions.item.length, dimensions);
  const itemSide = planSide(plan, items.length, interactions.item.length, dimensions);
  const gram = plan.region(4 * dimensions * dimensions);
  const parts = plan.region(gram.bytes * Math.ceil(Math.max(users.length, items.length) / GRAM_ROWS));
  const threads = options.threads ?? defaultThreads();
  const scratch = Array.from({ length: threads }, () => plan.region(solverScratch(dimensions)).at);
  const memory = plan.allocate(`iALS on ${interactions.item.length.toLocaleString('en-GB')} interactions`);
  const knownItems = filledRows(index.start);
  fillSide(memory, userSide, interactions.start, interactions.item, settings, knownItems);
  fillSide(memory, itemSide, index.start, index.user, settings, filledRows(interactions.start));
  const random = createRandom(options.seed);
  const itemVectors = floats(memory, itemSide.vectors);
  const deviation = settings.deviation / Math.sqrt(dimensions);
  for (let i = 0; i < itemVectors.length; i++) itemVectors[i] = random.normal(0, deviation);

  const pool = createKernelPool({ memory, scratch, ...(options.signal && { signal: options.signal }) });
  const places = { memory, pool, gram, parts, settings };
  try {
    for (let done = 0; done < settings.iterations; done++) {
      await sumGram(places, itemSide);
      await solveSide(places, userSide, itemSide);
      await sumGram(places, userSide);
      await solveSide(places, itemSide, userSide);
      options.onProgress?.(done + 1, settings.iterations);
    }
    await sumGram(places, itemSide);
  } finally {
    await pool.close();
  }
  // Copies: the shared memory with the interactions goes.
  return {
    users: floats(memory, userSide.vectors).slice(),
    items: floats(memory, itemSide.vectors).slice(),
    itemGram: floats(memory, gram).slice(),
    knownItems,
  };
}

interface Places {
  readonly memory: SharedMemory;
  readonly pool: KernelPool;
  readonly gram: Region;
  readonly parts: Region;
  readonly settings: IalsSettings;
}

function planSide(plan: MemoryPlan, rows: number, interactions: number, dimensions: number): Side {
  return {
    rows,
    start: plan.region(4 * (rows + 1)),
    places: plan.region(4 * interactions),
    lambdas: plan.region(4 * rows),
    vectors: plan.region(4 * rows * dimensions),
  };
}

function fillSide(
  memory: SharedMemory,
  side: Side,
  start: Uint32Array,
  places: Uint32Array,
  settings: IalsSettings,
  others: number,
): void {
  words(memory, side.start).set(start);
  words(memory, side.places).set(places);
  const lambdas = floats(memory, side.lambdas);
  for (let row = 0; row < side.rows; row++) {
    lambdas[row] = regularisation(settings, start[row + 1]! - start[row]!, others);
  }
}

function filledRows(start: Uint32Array): number {
  let count = 0;
  for (let row = 1; row < start.length; row++) if (start[row] !== start[row - 1]) count++;
  return count;
}

async function sumGram({ memory, pool, gram, parts, settings }: Places, side: Side): Promise<void> {
  const chunks = Math.ceil(side.rows / GRAM_ROWS);
  await pool.run('gramChunk', chunks, GRAM_ROWS, side.rows, settings.dimensions, side.vectors.at, parts.at);
  const total = floats(memory, gram);
  const part = floats(memory, parts);
  for (let i = 0; i < total.length; i++) {
    let sum = 0;
    for (let chunk = 0; chunk < chunks; chunk++) sum += part[chunk * total.length + i]!;
    total[i] = sum;
  }
}

async function solveSide({ pool, gram, settings }: Places, side: Side, other: Side): Promise<void> {
  const failed = await pool.run(
    'solveRows',
    Math.ceil(side.rows / SOLVED_ROWS),
    ...[SOLVED_ROWS, side.rows, settings.dimensions, gram.at],
    ...[side.start.at, side.places.at, other.vectors.at, side.vectors.at, side.lambdas.at],
    settings.unobservedWeight,
  );
  if (failed > 0) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      `iALS cannot solve with lambda ${settings.lambda} and unobservedWeight ${settings.unobservedWeight}: they are too small for float32`,
    );
  }
}
