/**
 * Where everything lies while trees are grown, in one shared memory. Per row: 16 bytes of bins for every 8 columns, 16 of gradients
 * (exact and packed), 12 of row lists, 4 each of score, label and weight, 8 of LambdaRank's gain: 2 of its leaf: with 40 columns at most 130. So 10 million rows
 * take 1.3 GB beside their matrix (1.6 GB). Per leaf: 48 KiB for every 8 columns.
 */
import { doubles, floats, type MemoryPlan, type Region, words } from '../../kernels/memory-plan.ts';
import type { SharedMemory } from '../../kernels/webassembly.ts';
import type { GbdtSettings } from '../gbdt-options.ts';
import type { GbdtRows } from '../gbdt-rows.ts';

/** Columns whose bins lie together. */
export const GROUP_COLUMNS = 8;
export const BINS = 256;
/** Doubles of one bin's sums: gradient, hessian, count. */
export const BIN_DOUBLES = 3;
export const GROUP_BYTES = GROUP_COLUMNS * BINS * BIN_DOUBLES * 8;
/** Rows of a chunk where a kernel goes over all rows. */
export const CHUNK_ROWS = 16_384;
/** Rows of a leaf that are marked together. */
export const BLOCK_ROWS = 8_192;
/** A leaf's histogram is made in at most so many parts. */
export const MAX_PARTS = 8;
/** Matrix rows that are binned together. */
export const STAGE_ROWS = 65_536;
/** Groups whose histograms are made together. */
export const BAND_GROUPS = 8;
/** A thread's packed histograms of a band, and the block of rows gathered for them. */
const HISTOGRAM_SCRATCH = BAND_GROUPS * 16_384 + (BAND_GROUPS + 1) * 4_096;

export interface BoostingState {
  readonly memory: SharedMemory;
  readonly rows: number;
  readonly columns: number;
  readonly groups: number;
  /** Bytes from one row's bins to the next one's. */
  readonly stride: number;
  readonly weighted: boolean;
  /** Views for the calling thread. */
  readonly scores: Float32Array;
  readonly values: Float32Array;
  readonly rowList: Uint32Array;
  readonly groupList: Uint32Array;
  readonly table: Uint8Array;
  readonly counts: Uint32Array;
  readonly places: Uint32Array;
  readonly blocks: Uint32Array;
  readonly leafSums: Float64Array;
  readonly greatest: Float32Array;
  readonly stage: Float32Array;
  readonly cuts: Float32Array;
  readonly categorical: Uint8Array;
  readonly sums: Float64Array;
  /** Addresses. */
  readonly at: Readonly<Record<PlaceName, number>>;
  /** One per computing thread, the calling one's first. */
  readonly scratch: readonly number[];
}

type PlaceName =
  | 'bins'
  | 'columnBins'
  | 'packed'
  | 'pairs'
  | 'scores'
  | 'labels'
  | 'weights'
  | 'rowList'
  | 'leftRows'
  | 'rightRows'
  | 'groupList'
  | 'table'
  | 'counts'
  | 'places'
  | 'blocks'
  | 'leaves'
  | 'leafSums'
  | 'values'
  | 'greatest'
  | 'stage'
  | 'cuts'
  | 'categorical'
  | 'histograms'
  | 'parts';

/** @param plan may hold the objective's own regions already. @throws MarqueeError BAD_USER_INPUT when it is too much */
export function createBoostingState(
  plan: MemoryPlan,
  data: GbdtRows,
  settings: GbdtSettings,
  threads: number,
  greatestGroup: number,
): BoostingState {
  const { rows, columns } = data;
  const groups = Math.ceil(columns / GROUP_COLUMNS);
  const chunks = Math.ceil(rows / CHUNK_ROWS);
  const blocks = Math.ceil(rows / BLOCK_ROWS) + settings.leaves;
  const weighted = data.weights !== undefined;
  const scratchBytes = Math.max(HISTOGRAM_SCRATCH, 20 * greatestGroup + 32);
  const regions: Record<PlaceName, Region> = {
    bins: plan.region(GROUP_COLUMNS * groups * rows),
    columnBins: plan.region(columns * rows),
    packed: plan.region(8 * rows),
    pairs: plan.region(8 * rows),
    scores: plan.region(4 * rows),
    labels: plan.region(4 * rows),
    weights: plan.region(weighted ? 4 * rows : 0),
    rowList: plan.region(4 * rows),
    leftRows: plan.region(4 * rows),
    rightRows: plan.region(4 * rows),
    groupList: plan.region(4 * groups),
    table: plan.region(BINS),
    counts: plan.region(4 * chunks),
    places: plan.region(4 * (chunks + 1)),
    blocks: plan.region(12 * blocks),
    leaves: plan.region(2 * rows),
    leafSums: plan.region(16 * settings.leaves * sumChunks(rows, settings)),
    values: plan.region(4 * settings.leaves),
    greatest: plan.region(8 * Math.max(chunks, MAX_PARTS * 32)),
    stage: plan.region(4 * columns * Math.min(rows, STAGE_ROWS)),
    cuts: plan.region(4 * BINS * columns),
    categorical: plan.region(columns),
    histograms: plan.region(GROUP_BYTES * groups * settings.leaves),
    parts: plan.region(GROUP_BYTES * groups * MAX_PARTS),
  };
  const scratch = Array.from({ length: threads }, () => plan.region(scratchBytes).at);
  const memory = plan.allocate(`boosting on ${rows.toLocaleString('en-GB')} rows of ${columns} columns`);
  const bytes = ({ at, bytes: length }: Region) => new Uint8Array(memory.buffer, at, length);
  floats(memory, regions.labels).set(data.labels.subarray(0, rows));
  if (data.weights) floats(memory, regions.weights).set(data.weights.subarray(0, rows));
  const at = Object.fromEntries(Object.entries(regions).map(([name, region]) => [name, region.at])) as Record<
    PlaceName,
    number
  >;
  return {
    memory,
    rows,
    columns,
    groups,
    stride: GROUP_COLUMNS * groups,
    weighted,
    scores: floats(memory, regions.scores),
    values: floats(memory, regions.values),
    rowList: words(memory, regions.rowList),
    groupList: words(memory, regions.groupList),
    table: bytes(regions.table),
    counts: words(memory, regions.counts),
    places: words(memory, regions.places),
    blocks: words(memory, regions.blocks),
    leafSums: doubles(memory, regions.leafSums),
    greatest: floats(memory, regions.greatest),
    stage: floats(memory, regions.stage),
    cuts: floats(memory, regions.cuts),
    categorical: bytes(regions.categorical),
    sums: doubles(memory, regions.histograms),
    at: { ...at, weights: weighted ? at.weights : 0 },
    scratch,
  };
}

/** Chunks of rows whose sums by leaf are kept: no more than pay for the leaves' table. */
export function sumChunks(rows: number, { leaves }: GbdtSettings): number {
  return Math.ceil(rows / sumRows(leaves));
}

/** Rows of such a chunk. */
export function sumRows(leaves: number): number {
  return Math.max(CHUNK_ROWS, 64 * leaves);
}
