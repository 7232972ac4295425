/**
 * Train, validation and test by time: everybody's past is for training, everybody's later part for the others. A page is not divided:
 * what a profile decided of one slate, and the negatives of a watch, go where the first of it goes.
 */
import type { SplitShares } from '../build-options.ts';
import type { Decision, Split } from '../example.ts';

export interface TemporalSplit {
  /** Instants from which on decisions are for validation and for test. */
  readonly validationFrom: number;
  readonly testFrom: number;
  splitOf(decision: Decision): Split;
}

export function temporalSplit(decisions: readonly Decision[], shares: SplitShares): TemporalSplit {
  const { validation } = shares;
  const firsts = new Map<string, number>();
  for (const decision of decisions) {
    const page = pageOf(decision);
    firsts.set(page, Math.min(decision.decidedAt, firsts.get(page) ?? Number.POSITIVE_INFINITY));
  }
  const instants = Float64Array.from(decisions, (decision) => firsts.get(pageOf(decision))!).sort();
  const cut = (share: number): number =>
    share <= 0 ? Number.POSITIVE_INFINITY : instants[Math.floor(instants.length * (1 - share))]!;
  const test = testShare(decisions, (decision) => firsts.get(pageOf(decision))!, shares);
  const testFrom = cut(test);
  const validationFrom = validation <= 0 ? testFrom : cut(validation + test);
  return {
    validationFrom,
    testFrom,
    splitOf(decision) {
      const at = firsts.get(pageOf(decision))!;
      if (at >= testFrom) return 'test';
      return at >= validationFrom ? 'validation' : 'train';
    },
  };
}

/** The least share from `test` on that holds the watches that are wanted, or the greatest that is allowed. */
function testShare(
  decisions: readonly Decision[],
  instantOf: (decision: Decision) => number,
  { test, testWatches = 0, testMost = test }: SplitShares,
): number {
  if (test <= 0 || testWatches === 0) return test;
  const latest = decisions
    .map((decision) => ({ at: instantOf(decision), qualified: decision.outcome.qualified }))
    .sort((a, b) => b.at - a.at);
  let watches = 0;
  const enough = latest.findIndex(({ qualified }) => {
    if (qualified) watches++;
    return watches >= testWatches;
  });
  const share = enough < 0 ? 1 : (enough + 1) / decisions.length;
  return Math.min(Math.max(test, testMost), Math.max(test, share));
}

function pageOf({ id, profileId, slate }: Decision): string {
  return slate === undefined || slate.id === '' ? id : `${profileId}\n${slate.id}`;
}
