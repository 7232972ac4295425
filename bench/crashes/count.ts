/** After the kills: what was accepted against what the log, the lake and the features have, for each series of kills and for all. */
import type { EventCounts } from '../faults/event-audit.ts';
import { keyOf, type LedgerEntry } from '../faults/event-ledger.ts';

export interface Counted {
  /** Told to be accepted, or in the log although nobody was told so. */
  readonly accepted: number;
  readonly lost: number;
  readonly inLake: number;
  readonly inFeatures: number;
  readonly doubledInLake: number;
  readonly countedTwice: number;
}

export function countOf(
  entries: readonly LedgerEntry[],
  counts: EventCounts,
  lake: ReadonlyMap<string, number>,
): Counted {
  let inLake = 0;
  let doubledInLake = 0;
  for (const { deeds } of entries) {
    for (const deed of deeds) {
      const rows = lake.get(keyOf(deed)) ?? 0;
      if (rows > 0) inLake++;
      doubledInLake += Math.max(0, rows - 1);
    }
  }
  const { acknowledged, recovered, lost, unreflected, countedTwice } = counts;
  return {
    accepted: acknowledged + recovered,
    ...{ lost, inLake, doubledInLake, countedTwice },
    inFeatures: acknowledged + recovered - lost - unreflected,
  };
}

export function isExact({
  accepted,
  lost,
  inLake,
  inFeatures,
  doubledInLake,
  countedTwice,
}: Counted): boolean {
  return (
    lost + doubledInLake + countedTwice === 0 &&
    accepted > 0 &&
    inLake === accepted &&
    inFeatures === accepted
  );
}
