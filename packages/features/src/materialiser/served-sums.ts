/**
 * Keeps served rows the sums of their shards while several partitions, here and in other processes, write those. Sums
 * are no part of the way of an event: what is served of a title's counts may be a minute old, and a title that many look
 * at would be added up anew for each of them. So touched rows are gathered, for all partitions of a process together,
 * and brought up to date in rounds.
 *
 * Two processes may add up one title at the same moment, and the one that has read first may write last. Therefore what
 * a round has written the next one looks at again: whoever wrote last finds out that a shard has changed meanwhile.
 */
import type { KeyValueStore } from '@marquee/feature-store';
import type { Logger } from '@marquee/service-kit';
import { type ServedRow, servedRowOfShard } from './counter-rows.ts';
import { recombine } from './recombination.ts';

export interface ServedSums {
  /** Store keys that were written; those of shards make their sums due. */
  touched(keys: Iterable<string>): void;
  /** A last round, for what is due now. What it cannot write is left to the periodic refresh. */
  stop(): Promise<void>;
  /** Why the last round failed; its rows are tried again. Undefined after a success. */
  readonly failure: string | undefined;
}

export interface ServedSumsOptions {
  readonly store: KeyValueStore;
  /** Of the event log. */
  readonly partitions: number;
  /** Between two rounds. Default 1,000. */
  readonly everyMs?: number;
  readonly logger: Logger;
}

/** At rest until something is touched. At most as many rows are due as the catalogue has titles in segments. */
export function createServedSums(options: ServedSumsOptions): ServedSums {
  const { store, partitions, logger, everyMs = 1_000 } = options;
  /** By store key. */
  let due = new Map<string, ServedRow>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let failure: string | undefined;

  const add = (row: ServedRow): void => void due.set(row.kind.served.key(row.entityId), row);

  async function round(): Promise<void> {
    const rows = [...due.values()];
    due = new Map();
    try {
      for (const written of await recombine(store, partitions, rows)) add(written);
      failure = undefined;
    } catch (error) {
      rows.forEach(add);
      if (failure === undefined) logger.warn({ err: error, rows: rows.length }, 'sums of counts wait');
      failure = error instanceof Error ? error.message : String(error);
    }
  }

  function schedule(): void {
    if (timer !== undefined || due.size === 0) return;
    timer = setTimeout(() => {
      running = round().finally(() => {
        timer = undefined;
        running = undefined;
        schedule();
      });
    }, everyMs);
    timer.unref();
  }

  return {
    touched(keys) {
      for (const key of keys) {
        const row = servedRowOfShard(key);
        if (row !== undefined) add(row);
      }
      schedule();
    },
    async stop() {
      clearTimeout(timer);
      await running;
      // What that has left to be looked at again.
      clearTimeout(timer);
      timer = undefined;
      if (due.size > 0) await round();
    },
    get failure() {
      return failure;
    },
  };
}
