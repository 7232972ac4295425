/**
 * From the proposals of many sources to one list of candidates. Pure; the order depends on the order of the
 * listed sources alone. Nothing is scored here: scores of two sources cannot be compared.
 */
import type { MergedProposal, Proposal, Provenance } from './stages.ts';

/** What one source proposed; `rank` is a proposal's place before the quota cut. */
export interface SourceProposals {
  readonly source: string;
  readonly proposals: readonly Proposal[];
  readonly ranks: readonly number[] | undefined;
}

/**
 * Keeps the `quota` best by score, in the source's own order. Non-finite scores sink; of equal scores the
 * earlier stays. `ranks` is absent where nothing was cut.
 */
export function cutToQuota(source: string, proposals: readonly Proposal[], quota: number): SourceProposals {
  if (proposals.length <= quota) return { source, proposals, ranks: undefined };
  const value = (rank: number): number => {
    const { score } = proposals[rank]!;
    return Number.isFinite(score) ? score : Number.NEGATIVE_INFINITY;
  };
  const ranks = proposals
    .map((_, rank) => rank)
    // Subtracting would give NaN for two sunk scores.
    .sort((a, b) => (value(a) === value(b) ? a - b : value(b) - value(a)))
    .slice(0, quota)
    .sort((a, b) => a - b);
  return { source, proposals: ranks.map((rank) => proposals[rank]!), ranks };
}

const NO_SEEDS: readonly string[] = Object.freeze([]);

/** One candidate per id, in first-seen order, with a provenance for every proposal. */
export function mergeProposals(sources: readonly SourceProposals[]): MergedProposal[] {
  const places = new Map<string, number>();
  const merged: Merging[] = [];
  for (const { source, proposals, ranks } of sources) {
    for (let i = 0; i < proposals.length; i++) {
      const { id, score, because = NO_SEEDS, item } = proposals[i]!;
      const entry: Provenance = { source, score, rank: ranks?.[i] ?? i, because };
      const place = places.get(id);
      if (place === undefined) {
        places.set(id, merged.push({ id, provenance: [entry], item }) - 1);
        continue;
      }
      const known = merged[place]!;
      known.provenance.push(entry);
      known.item ??= item;
    }
  }
  return merged;
}

interface Merging extends MergedProposal {
  readonly provenance: Provenance[];
  item: object | undefined;
}
