/**
 * What may be drawn for an exploration slot: the pool that is set aside for it, and of the ranked titles those that hardly
 * anybody was shown lately. The ranker's own order keeps those where nobody looks, and nobody looking keeps them there.
 */
import { owedImpressions } from '@marquee/exploration';
import { PopularityCursor } from '@marquee/features';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCES_OF_KNOWN_TITLES } from '../home/source-names.ts';

/** Bounds the work of a draw; the best of them come first. */
const MOST_RANKED = 150;

/** @param ranked best first. */
export function explorable(
  ranked: readonly HomeCandidate[],
  { explorationSettings: { guarantee }, titlesOfViewer, now }: ExplorableQuery,
): readonly HomeCandidate[] {
  const begun = new Set(titlesOfViewer.inProgress);
  const cursor = new PopularityCursor(now);
  let places = MOST_RANKED;
  return ranked.filter((candidate) => {
    if (candidate.slot === 'reserve') return true;
    const { id, facts, provenance, popularity, popularityAt } = candidate;
    if (places === 0 || begun.has(id) || titlesOfViewer.watched.has(id)) return false;
    if (provenance.some(({ source }) => SOURCES_OF_KNOWN_TITLES.has(source))) return false;
    const { impressionsTotal, impressions7d } = cursor.at(popularity, popularityAt);
    const shown = {
      addedAt: facts.addedAt,
      impressions: impressionsTotal,
      // What the viewer's segment was shown is looked at when it is drawn.
      inSegment: 0,
      recent: impressions7d,
    };
    if (owedImpressions(guarantee, shown, now) === 0) return false;
    places--;
    return true;
  });
}

type ExplorableQuery = Pick<HomeQuery, 'explorationSettings' | 'titlesOfViewer' | 'now'>;
