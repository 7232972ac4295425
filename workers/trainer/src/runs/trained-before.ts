/** Whether a model could have learned from a profile that was erased since. */
import type { TrainingRun } from './training-run.ts';

/** Where an erasure stands in the log, and when it came there, epoch milliseconds. */
export interface ErasureInLog {
  readonly partition: number;
  readonly sequence: number;
  readonly at: number;
}

/** By folder of the model, up to where its training had read each partition of the log. */
export type ReadUpTo = ReadonlyMap<string, Readonly<Record<string, number>>>;

export function readUpTo(runs: readonly TrainingRun[]): ReadUpTo {
  return new Map(
    runs.flatMap(({ result }) => (result?.model == null ? [] : [[result.model, result.lake] as const])),
  );
}

/** Where a run says how far it had read, that decides; else when the model was made. @param createdAt of its manifest */
export function trainedBefore(
  { partition, sequence, at }: ErasureInLog,
  version: string,
  createdAt: string,
  reached: ReadUpTo,
): boolean {
  const lake = reached.get(version);
  return lake === undefined ? Date.parse(createdAt) <= at : (lake[String(partition)] ?? 0) < sequence;
}
