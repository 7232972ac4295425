/**
 * What is known about the viewer. Nobody in particular, and a profile nobody has heard of, have the empty
 * state. A read that fails is another matter: who may not be shown what is then unknown, so the run fails and
 * the degradation ladder answers.
 */
import type { KeyValueStore } from '@marquee/feature-store';
import { emptyProfileState, profileStateView } from '@marquee/features';
import type { QueryHydrator } from '@marquee/pipeline';
import type { HomeQuery } from '../home/home-query.ts';
import { rungOf } from '../home/rung.ts';
import { titlesOfViewer } from '../home/titles-of-viewer.ts';

export function profileStateHydrator(
  store: KeyValueStore,
): QueryHydrator<HomeQuery, 'state' | 'rung' | 'titlesOfViewer'> {
  return {
    kind: 'query-hydrator',
    name: 'profile-state',
    phase: 1,
    requires: ['profileId', 'knownState', 'now'],
    produces: ['state', 'rung', 'titlesOfViewer'],
    onFailure: 'fail',
    timeoutMs: 80,
    async hydrate({ profileId, knownState, now }) {
      const state = knownState ?? (await read(profileId)) ?? emptyProfileState();
      return { state, rung: rungOf(state.qualifiedWatches), titlesOfViewer: titlesOfViewer(state, now) };
    },
  };

  async function read(profileId: string | undefined) {
    if (profileId === undefined) return undefined;
    const [blob] = await store.getMany([profileStateView.key(profileId)]);
    return profileStateView.decode(blob);
  }
}
