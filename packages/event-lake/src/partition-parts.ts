/** What those share that write and rewrite files of one partition of the log. */
import { type Clock, HOUR_MS } from '@marquee/domain';
import type { Logger } from '@marquee/service-kit';
import type { CommitLog } from './commits/commit-log.ts';
import type { LakeFiles } from './lake-files.ts';
import type { ParquetDatabase } from './parquet/parquet-database.ts';
import type { RowBufferLimits } from './row-buffer.ts';
import type { LakeStorage } from './storage.ts';
import type { UnreadableFiles } from './unreadable-files.ts';

export interface LakeLimits extends RowBufferLimits {
  /** How long a row waits at most. */
  readonly maxAgeMs: number;
  /** So many files of one hour are made one. */
  readonly compactFiles: number;
  /** How long a file that a compaction has replaced stays for readers that began before, milliseconds. */
  readonly replacedKeptMs: number;
  /** How long closing may write; what is left then comes from the log again. */
  readonly closeWithinMs: number;
}

/** Those that do not follow from the memory there is. */
export const LAKE_LIMITS: Omit<LakeLimits, 'bufferedBytes'> = {
  bufferedRows: 20_000,
  maxAgeMs: 30_000,
  compactFiles: 8,
  // A training reads for so long.
  replacedKeptMs: HOUR_MS,
  closeWithinMs: 2_000,
};

export interface LakePartitionDeps {
  readonly root: string;
  readonly partition: number;
  readonly storage: LakeStorage;
  readonly database: ParquetDatabase;
  readonly limits: LakeLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface PartitionParts extends LakePartitionDeps {
  readonly commits: CommitLog;
  readonly files: LakeFiles;
  readonly unreadable: UnreadableFiles;
}
