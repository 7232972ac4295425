/**
 * Carries out in a gateway what operators take out of the response cache. Every gateway does it: each has something of its
 * own to forget, and telling a shared store twice is cheap.
 */
import type { Component, Logger, Metrics } from '@marquee/service-kit';
import { waitFor } from '../patience.ts';
import { MAX_ENTRY_AGE_MS, type ResponseStore } from '../response-store.ts';
import { type Purge, purgedSubjects, purgeName } from './purge.ts';
import type { PurgeSource } from './purge-ledger.ts';

export interface CarriedOutPurgesOptions {
  readonly source: PurgeSource;
  readonly store: ResponseStore;
  /** What this process keeps beside the store. */
  forgetLocal(): void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
}

const RETRY_MS = 200;

export function carriedOutPurges(options: CarriedOutPurgesOptions): Component {
  const { source, store, forgetLocal, now, logger, metrics } = options;
  const over = new AbortController();
  let done = 0;
  let working: Promise<void> = Promise.resolve();

  function tell(purges: readonly Purge[]): void {
    // What is older than anything that is kept has nothing left to end. Younger ones are carried out once more by a gateway
    // that starts: perhaps none was there when they were written down.
    const open = purges.filter(
      ({ number, at }) => number > done && Date.parse(at) + MAX_ENTRY_AGE_MS > now(),
    );
    done = Math.max(done, purges.at(-1)?.number ?? 0);
    if (open.length > 0) working = working.then(() => carryOut(open));
  }

  async function carryOut(purges: readonly Purge[]): Promise<void> {
    const subjects = [...new Set(purges.flatMap(({ target }) => purgedSubjects(target)))];
    const until = now() + MAX_ENTRY_AGE_MS;
    while (!over.signal.aborted && now() < until) {
      try {
        await store.advance(subjects);
        // Afterwards: what was read from the store in between may have been older.
        forgetLocal();
        metrics?.count('marquee_response_cache_invalidations_total', { by: 'purge', outcome: 'ok' });
        for (const { number, by, note, target } of purges) {
          logger.info(
            { purge: number, by, note, target: purgeName(target) },
            'taken out of the response cache',
          );
        }
        return;
      } catch (error) {
        forgetLocal();
        metrics?.count('marquee_response_cache_invalidations_total', { by: 'purge', outcome: 'failed' });
        logger.warn({ err: error }, 'the response cache cannot be told of a purge; trying again');
        await waitFor(RETRY_MS, over.signal);
      }
    }
  }

  source.listen(tell, logger);
  return {
    name: 'response-cache-purges',
    start: () => source.start(),
    async stop() {
      over.abort();
      await source.stop();
      await working;
    },
    readiness: () => source.readiness(),
  };
}
