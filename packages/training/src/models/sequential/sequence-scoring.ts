/** Scores of all items after given sequences, many sequences at once, on threads. */
import { indexTensor, type Results } from '../../neural/graph-messages.ts';
import { type GraphPool, openGraphPool } from '../../neural/graph-pool.ts';
import type { Parameters } from '../../neural/parameters.ts';
import { parameterFeeds } from '../../neural/trainer.ts';
import { createSequenceShapes } from './sequence-batch.ts';
import { type NetworkSettings, SCORES_OUTPUT, sequenceScoringGraph } from './sequence-graph.ts';

/** Bounds the scores that are in memory at once: 16 MB per thread. */
const SCORES_AT_ONCE = 4_000_000;
const POSITIONS_AT_ONCE = 4_000;

export interface SequenceScoring {
  /**
   * @param sequences rows of the item table, none empty
   * @param use is called with each sequence's scores by row, in no order of sequences; they are valid during the call
   */
  score(
    parameters: Parameters,
    sequences: readonly Uint32Array[],
    use: (index: number, scores: Float32Array) => void,
  ): Promise<void>;
  close(): Promise<void>;
}

export async function openSequenceScoring(
  settings: NetworkSettings,
  items: number,
  options: { readonly threads: number; readonly signal?: AbortSignal },
): Promise<SequenceScoring> {
  const graph = sequenceScoringGraph(settings, items);
  const pool: GraphPool = await openGraphPool(graph, options);
  const shapes = createSequenceShapes();
  return {
    async score(parameters, sequences, use) {
      const weights = parameterFeeds(parameters);
      await Promise.all(
        batches(sequences, items).map(async (batch) => {
          const { feeds, length } = shapes.inputs(batch.map((index) => sequences[index]!));
          const last = indexTensor(batch.map((index, i) => i * length + sequences[index]!.length - 1));
          const results: Results = await pool.run({ ...weights, ...feeds, last }, [SCORES_OUTPUT]);
          const scores = results[SCORES_OUTPUT] as Float32Array;
          for (const [i, index] of batch.entries()) use(index, scores.subarray(i * items, (i + 1) * items));
        }),
      );
    },
    close: () => pool.close(),
  };
}

/** Of similar length, so that little is filled up. */
function batches(sequences: readonly Uint32Array[], items: number): number[][] {
  const order = [...sequences.keys()].sort((a, b) => sequences[a]!.length - sequences[b]!.length || a - b);
  const most = Math.max(1, Math.floor(SCORES_AT_ONCE / items));
  const all: number[][] = [];
  let batch: number[] = [];
  for (const index of order) {
    const full = (batch.length + 1) * sequences[index]!.length > POSITIONS_AT_ONCE || batch.length === most;
    if (full && batch.length > 0) {
      all.push(batch);
      batch = [];
    }
    batch.push(index);
  }
  if (batch.length > 0) all.push(batch);
  return all;
}
