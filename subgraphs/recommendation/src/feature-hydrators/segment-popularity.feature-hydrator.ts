/**
 * What the viewer's segment makes of titles that may be explored: the evidence that exploration policies go by. Read for the
 * exploration pool and for new titles alone, in one read; nobody asks it of the others.
 */
import { DEFAULT_SEGMENT } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import { inSegmentId, titleInSegmentView } from '@marquee/features';
import type { FeatureHydrator } from '@marquee/pipeline';
import { type HomeCandidate, NO_POPULARITY } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';

type Patch = Pick<HomeCandidate, 'inSegment' | 'inSegmentAt'>;

/** Where everything is new, as after an import, the rest goes by what everybody makes of it. */
const MOST_NEW = 200;

const NOTHING: Patch = { inSegment: NO_POPULARITY, inSegmentAt: 0 };

export function segmentPopularityHydrator(
  store: KeyValueStore,
): FeatureHydrator<HomeQuery, HomeCandidate, keyof Patch> {
  return {
    kind: 'feature-hydrator',
    name: 'segment-popularity',
    requires: ['state', 'exploration', 'explorationSettings', 'now'],
    requiresOfCandidate: ['facts'],
    produces: ['inSegment', 'inSegmentAt'],
    onFailure: 'default',
    timeoutMs: 100,
    async hydrate({ state: { segment }, exploration, explorationSettings, now }, candidates) {
      const patches = candidates.map(() => NOTHING);
      // Viewers of no segment are counted with everybody alone.
      if (!exploration || segment === DEFAULT_SEGMENT) return patches;
      const newSince = now - explorationSettings.guarantee.withinMs;
      let isNew = MOST_NEW;
      const places = candidates.flatMap(({ provenance, facts }, i) => {
        if (provenance.every(({ source }) => source === SOURCE.exploration)) return [i];
        return facts.addedAt >= newSince && isNew-- > 0 ? [i] : [];
      });
      if (places.length === 0) return patches;
      const blobs = await store.getMany(
        places.map((i) => titleInSegmentView.key(inSegmentId(candidates[i]!.id, segment))),
      );
      const width = titleInSegmentView.fields.length;
      const inSegment = new Float32Array(places.length * width);
      for (const [n, i] of places.entries()) {
        titleInSegmentView.decodeInto(blobs[n], inSegment, n * width);
        patches[i] = { inSegment, inSegmentAt: n * width };
      }
      return patches;
    },
    defaults: (_query, candidates) => candidates.map(() => NOTHING),
  };
}
